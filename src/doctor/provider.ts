import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import * as E from 'fp-ts/lib/Either.js'
import type { Manner } from '../provider/openProvider.ts'
import { type Finding, fault, ok, warning } from './finding.ts'
import type { Patient } from './patient.ts'

const OF = 'provider'

/** A new certificate is for the provider to sign, which takes days. */
const SOON_DAYS = 30
const DAY_MS = 86_400_000

/** Until when this client's certificate is good, where it shows one. */
const certificateFound = ({ config: { treezorApi }, now }: Looked): readonly Finding[] => {
  if (treezorApi === null || treezorApi.tls === null) return []
  const until = new X509Certificate(readFileSync(treezorApi.tls.certificateFile)).validToDate.getTime()
  const told = `the certificate of TREEZOR_API_TLS_CERT_FILE is good until ${new Date(until).toISOString().slice(0, 10)}`
  if (until <= now) return [fault(OF, `${told}: have the provider sign another one`)]
  return [until - now < SOON_DAYS * DAY_MS ? warning(OF, `${told}: have the provider sign another one`) : ok(OF, told)]
}

type Looked = Pick<Patient, 'config' | 'now'>

/** Whether the provider can be asked: that it is reached, takes the credentials, and gives users. One request beside the one for a token; nothing of any user is told. */
export const lookAtProvider = async (looked: Looked, manner: Manner = {}): Promise<readonly Finding[]> => {
  const { treezorApi } = looked.config
  if (treezorApi === null) return []
  const [{ openProvider }, { failureInWords }] = await Promise.all([
    import('../provider/openProvider.ts'),
    import('../provider/failure.ts'),
  ])
  const provider = openProvider(treezorApi, manner)
  try {
    const checked = await provider.check()()
    const certificate = certificateFound(looked)
    if (E.isRight(checked)) return [...certificate, ok(OF, 'it can be reached, and lets this client ask about users')]
    // What is out of reach for now is no fault of what is set up here.
    const verdict = ['OutOfReach', 'Busy'].includes(checked.left._tag) ? warning : fault
    return [...certificate, verdict(OF, failureInWords(checked.left))]
  } finally {
    await provider.close()
  }
}
