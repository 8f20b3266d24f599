/* A module of ipmi_sim (OpenIPMI) that answers the power reading of DCMI from a file: now least most mean period_ms [active]. */
#include <sys/types.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <OpenIPMI/serv.h>
#include <OpenIPMI/mcserv.h>
static char path[512];

static void put(unsigned char *at, uint32_t value, int bytes) {
  for (int i = 0; i < bytes; i++) at[i] = value >> (8 * i);
}

static void answer(lmc_data_t *mc, msg_t *m, unsigned char *r, unsigned int *len, void *cb) {
  unsigned now, least, most, mean, period, active = 1;
  FILE *file;
  if (m->cmd != 2 || m->len < 4) { handle_invalid_cmd(mc, r, len); return; }
  file = fopen(path, "r");
  int n = file ? fscanf(file, "%u %u %u %u %u %u", &now, &least, &most, &mean, &period, &active) : 0;
  if (file) fclose(file);
  if (n < 5) { r[0] = 0xd5; *len = 1; return; }
  r[0] = 0; r[1] = 0xdc;
  put(r + 2, now, 2); put(r + 4, least, 2); put(r + 6, most, 2); put(r + 8, mean, 2);
  put(r + 10, (uint32_t)time(NULL), 4); put(r + 14, period, 4); r[18] = active ? 0x40 : 0; *len = 19;
}

int ipmi_sim_module_print_version(sys_data_t *s, char *o) { return 0; }
int ipmi_sim_module_init(sys_data_t *s, const char *o) {
  snprintf(path, sizeof path, "%s", o ? o : "");
  ipmi_emu_register_group_extension_handler(0xdc, answer, NULL);
  return 0;
}
