import { codeOf } from '../files/codeOf.ts'
import { inWords } from '../files/whyNot.ts'

/** Below it only root listens, or whoever has CAP_NET_BIND_SERVICE. */
const FIRST_PORT_OF_ALL = 1024

/** Why an address cannot be listened on, and what to do: for a person. */
export const whyNotListening = (
  error: unknown,
  { host, port }: { readonly host: string; readonly port: number },
): string => {
  const where = `cannot listen on port ${port} of ${host}`
  switch (codeOf(error)) {
    case 'EADDRINUSE':
      return `${where}: it is in use by another process: end that one, or set PORT`
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return `${where}: this machine has no such address: set HOST to one that it has, or to 0.0.0.0 or ::`
    case 'EAFNOSUPPORT':
      return `${where}: this machine has no IPv6: set HOST to an address of IPv4`
    case 'EACCES':
      return port < FIRST_PORT_OF_ALL
        ? `${where}: below ${FIRST_PORT_OF_ALL} that takes root or CAP_NET_BIND_SERVICE: set PORT to another one, and let a balancer have this one`
        : `${where}: this process may not: ask what forbids it (SELinux, AppArmor, seccomp)`
    default:
      return `${where}: ${inWords(error)}: set HOST and PORT to an address of this machine that is free`
  }
}
