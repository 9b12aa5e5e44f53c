import { createHash } from 'node:crypto'
import { fromMilliseconds } from '../../domain/instant.ts'
import { asRead } from '../../src/eventStore/asRead.ts'
import type { RecordedEvent, StreamName } from '../../src/eventStore/recordedEvent.ts'
import { ownEvent } from '../../src/ledger/ownEvent.ts'
import type { Dice } from './dice.ts'
import { type Json, readJson, scalar, written } from './json.ts'
import { decidedOtherwise, mutated } from './mutate.ts'

const DOCUMENT = '{"documentId":"801","documentTypeId":"17","documentStatus":"VALIDATED","codeStatus":"600003"}'
const ANSWER =
  readJson(
    `{"source":"treezor-api","user":{"kycReview":"2","kycLevel":"2","userStatus":"VALIDATED"},"documents":[${DOCUMENT}]}`,
  ) ?? scalar('null')

/** What the provider's API answers about somebody, as it is recorded: what it could, or what nobody would expect of it. */
export const newAnswer = (dice: Dice): Json =>
  dice.once(2) ? decidedOtherwise(ANSWER, dice) : mutated(decidedOtherwise(ANSWER, dice), dice)

/** After all that is delivered in any case. */
const RECORDED = Date.parse('2040-01-01T00:00:00Z')

/** The answers as events behind the last of a stream. */
export const answersBehind = (
  stream: StreamName,
  standing: readonly RecordedEvent[],
  answers: readonly Json[],
): readonly RecordedEvent[] =>
  answers.map((answer, index) => {
    const data = written(answer)
    const recordedAt = fromMilliseconds(RECORDED + index)
    const event = ownEvent(`answer ${index}`, { type: 'kyc-ledger.observed', data: {}, recordedAt })
    const dataHash = createHash('sha256').update(data).digest('hex')
    const metadata = JSON.stringify({ ...JSON.parse(event.metadata), dataHash })
    return asRead({ ...event, data, metadata }, stream, standing.length + index, `9${String(index).padStart(15, '0')}`)
  })
