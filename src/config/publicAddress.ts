import { BlockList, isIPv4, isIPv6 } from 'node:net'

// IANA IPv4 and IPv6 Special-Purpose Address Registries (RFC 6890 and its updates), and multicast. Those that a registry calls
// globally reachable (AS112, AMT, ORCHIDv2) are among them: nobody's receiver stands there.

const IPV4: readonly string[] = [
  '0.0.0.0/8', // this network
  '10.0.0.0/8', // private use
  '100.64.0.0/10', // shared address space of carriers
  '127.0.0.0/8', // loopback
  '169.254.0.0/16', // link local; metadata of clouds
  '172.16.0.0/12', // private use
  '192.0.0.0/24', // IETF protocol assignments
  '192.0.2.0/24', // documentation
  '192.31.196.0/24', // AS112
  '192.52.193.0/24', // AMT
  '192.88.99.0/24', // 6to4 relays, deprecated
  '192.168.0.0/16', // private use
  '192.175.48.0/24', // AS112
  '198.18.0.0/15', // benchmarking
  '198.51.100.0/24', // documentation
  '203.0.113.0/24', // documentation
  '224.0.0.0/4', // multicast
  '240.0.0.0/4', // reserved, and limited broadcast
]

/** All of IPv6 that is given to anybody (RFC 4291, 2.4): loopback, unique local, link local and multicast lie outside of it. */
const IPV6_GLOBAL = '2000::/3'

/** Inside of it. */
const IPV6: readonly string[] = [
  '2001::/23', // IETF protocol assignments: Teredo, which holds an IPv4 address, benchmarking, AMT, AS112, ORCHID, DRIP
  '2001:db8::/32', // documentation
  '2002::/16', // 6to4, which holds an IPv4 address
  '2620:4f:8000::/48', // AS112
  '3fff::/20', // documentation
]

const listOf = (ranges: readonly string[], family: 'ipv4' | 'ipv6'): BlockList => {
  const list = new BlockList()
  for (const range of ranges) {
    const [address = '', bits = ''] = range.split('/')
    list.addSubnet(address, Number(bits), family)
  }
  return list
}

const special4 = listOf(IPV4, 'ipv4')
const special6 = listOf(IPV6, 'ipv6')
const global6 = listOf([IPV6_GLOBAL], 'ipv6')
/** IPv4 through a translator (RFC 6052), on networks that have IPv6 alone: it is as public as the address in it. */
const translated = listOf(['64:ff9b::/96'], 'ipv6')

/** The IPv4 address in the last 32 bits of an IPv6 address. */
const lastOf = (address: string): string => {
  // The parser of URLs writes each address in one way: no dots, no leading zeros.
  const [high = '', low = ''] = new URL(`http://[${address}]`).hostname.slice(1, -1).split(':').slice(-2)
  const bytes = [high, low].flatMap((group) => {
    const word = Number.parseInt(group || '0', 16)
    return [word >> 8, word & 0xff]
  })
  return bytes.join('.')
}

/** Whether an address, as text, is one that anybody on the Internet may have: none of a special purpose, whatever it is embedded in. */
export const isPublicAddress = (address: string): boolean => {
  if (isIPv4(address)) return !special4.check(address, 'ipv4')
  // With a zone it is of one link.
  if (!isIPv6(address) || address.includes('%')) return false
  if (translated.check(address, 'ipv6')) return isPublicAddress(lastOf(address))
  return global6.check(address, 'ipv6') && !special6.check(address, 'ipv6')
}
