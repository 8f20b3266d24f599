import { z } from 'zod'
import type {
  InfluxConnection,
  MeterConnection,
  SshConnection,
  TargetConnection,
} from '../model/connection.ts'
import { type Json, Json as JsonValue } from '../model/json.ts'
import { LinkKind, MeterLogin } from '../model/meter.ts'
import { SecretRef } from '../model/plan.ts'

/** How a campaign's targets and database are reached, as state/hosts.json (0600) keeps it for resume, reap and sync. */
export interface CampaignConnections {
  readonly targets: ReadonlyMap<string, TargetConnection>
  readonly influx: InfluxConnection | null
  readonly meters: ReadonlyMap<string, MeterConnection>
}

const text = z.string().max(4096)

const Ssh = z.strictObject({
  address: text,
  port: z.number().int().optional(),
  user: text.optional(),
  identity: text.optional(),
  passphrase: SecretRef.optional(),
  hostKey: text.optional(),
  knownHosts: text.optional(),
  config: text.optional(),
  get jump(): z.ZodOptional<z.ZodArray<z.ZodType<SshConnection>>> {
    return z.array(Ssh as z.ZodType<SshConnection>).optional()
  },
})

const labels = z.record(text, text)

const become = { become: z.enum(['none', 'sudo']), becomePassword: SecretRef.optional() }

const Stored = z.strictObject({
  schema: z.literal('joulemark/hosts/1'),
  targets: z.record(
    z.string(),
    z.discriminatedUnion('kind', [
      z.strictObject({ kind: z.literal('local'), ...become }),
      z.strictObject({ kind: z.literal('ssh'), ...become, hosts: z.record(z.string(), Ssh) }),
      z.strictObject({
        kind: z.literal('kubernetes'),
        become: z.literal('none'),
        kubeconfig: text.optional(),
        context: text.optional(),
        namespace: text.optional(),
        nodes: z.strictObject({ sut: labels, loadgen: labels }),
        image: text,
        pullSecret: text.optional(),
        pullAuth: SecretRef.optional(),
        pullPolicy: z.enum(['IfNotPresent', 'Always', 'Never']),
      }),
    ]),
  ),
  influx: z.strictObject({ url: text, org: text, bucket: text, token: SecretRef }).nullable(),
  meters: z
    .record(
      z.string(),
      z.strictObject({
        link: LinkKind,
        login: MeterLogin,
        user: text.optional(),
        password: SecretRef.optional(),
        token: SecretRef.optional(),
        url: text.optional(),
        ca: text.optional(),
        fingerprint: text.optional(),
        address: text.optional(),
        port: z.number().int().optional(),
        community: SecretRef.optional(),
        privacy: SecretRef.optional(),
        auth: text.optional(),
        encryption: text.optional(),
        context: text.optional(),
        privilege: text.optional(),
        cipher: z.number().int().optional(),
        settings: z.record(z.string(), JsonValue).optional(),
      }),
    )
    .default({}),
})

/** For state/hosts.json: references to secrets, never secrets. */
export const storeConnections = (o: CampaignConnections): Json =>
  JSON.parse(
    JSON.stringify({
      schema: 'joulemark/hosts/1',
      targets: Object.fromEntries(o.targets),
      influx: o.influx,
      meters: Object.fromEntries(o.meters),
    }),
  ) as Json

/** Reads what `storeConnections` made. @throws ZodError when it is anything else. */
export function readConnections(stored: Json): CampaignConnections {
  const { targets, influx, meters } = Stored.parse(stored)
  return {
    targets: new Map(Object.entries(targets as Record<string, TargetConnection>)),
    influx,
    meters: new Map(Object.entries(meters as Record<string, MeterConnection>)),
  }
}
