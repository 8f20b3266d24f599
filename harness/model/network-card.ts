/** Names that the kernel, udev and clouds give to cards: eth0, eno1, ens3, enp1s0, enx…, ib0, wlan0, wlp2s0, wwan0; no VLAN (a dot). */
const CARD = /^(eth\d+|en[oPpsx][\da-zA-Z]+|ib\d+|ibp[\da-z]+|wl[\da-z]+|ww[\da-z]+|venet\d+)$/

/** Whether a network interface is a card by its name; bridges, bonds, VLANs and tunnels carry the bytes of cards again. */
export const isCard = (name: string): boolean => CARD.test(name)
