import { closeSync, openSync } from 'node:fs'
import type { HeldKeys } from '../evidence/check/fileCheckpoint.ts'
import { type FileVerified, verifyFile } from '../evidence/check/verifyFile.ts'
import { UNATTRIBUTED } from '../ledger/streams.ts'
import type { Signed } from '../tlog/verifyCheckpoint.ts'
import { printable } from '../webhooks/printable.ts'
import { webhookSecret } from '../webhooks/signature.ts'

const signer = ({ by: { name, keyId } }: Signed): string => `${name} (${keyId.toString('hex')})`

const tell = ({ checkpoint, streams, looks, status }: FileVerified): void => {
  const { origin, size, signed } = checkpoint
  const ofLog = signed.filter(({ by }) => by.name === origin)
  console.log(
    `checked: the checkpoint of log ${origin} over ${size} events is signed by ${ofLog.map(signer).join(', ')}`,
  )
  for (const one of signed.filter(({ by }) => by.name !== origin)) {
    const at = new Date((one.at ?? 0) * 1000).toISOString()
    console.log(`checked: ${signer(one)} has seen it at ${at}, and nothing before that went against it`)
  }
  for (const { stream, last, events } of streams) {
    console.log(
      stream === UNATTRIBUTED
        ? `checked: ${events} events of ${stream} are in that log, byte for byte`
        : `checked: the events of ${stream} are in that log, byte for byte: revision 0 to ${last}, none is missing between them`,
    )
  }
  const payloads = looks.signed + looks['other-secret'] + looks.part
  console.log(`checked: ${payloads} payloads have the hash that was recorded with them`)
  if (looks.signed > 0) console.log(`checked: ${looks.signed} payloads are signed by the provider`)
  if (looks.own > 0)
    console.log(
      `checked: ${looks.own} events are those that the log wrote itself, and have the hash that was recorded with them`,
    )
  if (status === 'it is what the records come to') console.log(`checked: status.json: ${status}`)
  console.log('checked: the other files are those that SHA256SUMS was made of, which anybody can make anew')
}

/** What an auditor has to know of what this run does not show. */
const notChecked = (
  { checkpoint, streams, looks, status, isTimeStamped }: FileVerified,
  { witnesses }: HeldKeys,
  hasSecrets: boolean,
): readonly string[] => [
  ...(witnesses.length === 0 ? ['no witness: an owner who rewrote log and key would not be seen'] : []),
  ...checkpoint.others.map(
    ({ name, keyId }) => `a signature of ${name} (${keyId.toString('hex')}): its key was not given`,
  ),
  ...(hasSecrets ? [] : ["the provider's signatures over the payloads: no secret is given (TREEZOR_WEBHOOK_SECRET)"]),
  ...(hasSecrets && looks['other-secret'] > 0
    ? [`the provider's signatures of ${looks['other-secret']} payloads: their secret is not among those given`]
    : []),
  ...(looks.part > 0
    ? [
        `the provider's signatures of ${looks.part} payloads: they are parts of webhooks that speak of several users, over which those are; the log has them whole, or had`,
      ]
    : []),
  ...(looks.own > 0
    ? [
        `whether what ${looks.own} events say is so, that the log wrote itself: what the provider's API answered, and what was released`,
      ]
    : []),
  'whether the user has events after these: what was left out at the end, recorded later than the checkpoint, or never, is not missed',
  ...(streams.some(({ stream }) => stream === UNATTRIBUTED)
    ? [`which events of ${UNATTRIBUTED} are the user's: that these are in the log is shown, not that no others are his`]
    : []),
  ...(status === 'it is what the records come to' ? [] : [`status.json: ${status}`]),
  'what README.txt, keys.txt and the timeline say: they are a reading of the records, which are the evidence',
  isTimeStamped
    ? "the time stamp: openssl ts -verify -data checkpoint.signed -in checkpoint.tsr -CAfile <the authority's certificate> -attime <the time it names>"
    : 'when the checkpoint was made: there is no time stamp',
]

/**
 * `verify <file>`: checks an evidence file with keys that somebody holds, and says what was checked and what was not. Gives
 * the exit code: 1 where anything is wrong, of which the first is named.
 */
export const verifyEvidenceFile = (path: string, keys: HeldKeys, secrets: readonly string[]): number => {
  const file = openSync(path, 'r')
  try {
    const verified = verifyFile(file, keys, secrets.map(webhookSecret))
    tell(verified)
    for (const what of notChecked(verified, keys, secrets.length > 0)) console.log(`not checked: ${printable(what)}`)
    return 0
  } catch (error) {
    if (!(error instanceof Error) || error.name !== 'Error') throw error
    console.log(`WRONG: ${printable(error.message)}`)
    return 1
  } finally {
    closeSync(file)
  }
}
