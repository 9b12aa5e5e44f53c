import { newAnswer } from './apiAnswers.ts'
import { plainEpoch } from './dates.ts'
import { newPayload, newSent, type Sent } from './deliveries.ts'
import { type Dice, diceOf } from './dice.ts'
import { decidedOtherwise } from './mutate.ts'
import { SEEDS } from './seeds.ts'
import type { Case } from './tryCase.ts'

const LEGACY_OR_NEW = SEEDS.filter(({ name }) => /^(user\.kyc|kycreview\.)/.test(name))
const RECEIPTS = ['2022-06-01T00:00:00Z', '2024-06-27T07:20:00Z', '2026-01-01T00:00:00Z', '2030-01-01T00:00:00Z'].map(
  Date.parse,
)
const PAUSES = [0, 1, 60_000, 86_400_000]

/** Webhooks of few payloads, under one of a few ids and times: some repeat others, some echo them. */
const history = (dice: Dice): readonly Sent[] => {
  const payloads = Array.from({ length: 1 + dice.below(6) }, () => newPayload(dice).payload)
  const [first, pause] = [dice.pick(RECEIPTS), dice.pick(PAUSES)]
  return Array.from({ length: 1 + dice.below(14) }, (_, index) => {
    const receivedAt = first + index * pause
    return newSent(dice, dice.once(2) ? { receivedAt } : { receivedAt, payload: dice.pick(payloads) })
  })
}

/** A life as the provider might tell it: a few payloads of one user, each once or more, also much later and out of order. */
const life = (dice: Dice): readonly Sent[] => {
  const payloads = Array.from({ length: 2 + dice.below(3) }, () =>
    decidedOtherwise(dice.pick(LEGACY_OR_NEW).payload, dice),
  )
  const receivedAt = dice.pick(RECEIPTS)
  return Array.from({ length: 2 + dice.below(9) }, () =>
    newSent(dice, { plain: true, payload: dice.pick(payloads), receivedAt }),
  )
}

/** Webhooks of which each is a fact of its own: no two have a payload, an id or a time in common. */
const set = (dice: Dice): readonly Sent[] =>
  Array.from({ length: 2 + dice.below(8) }, (_, index) =>
    newSent(dice, {
      id: `own-${index}`,
      mark: `own ${index}`,
      createdAt: plainEpoch(dice),
      receivedAt: RECEIPTS[3] ?? 0,
    }),
  )

/** The case of a run with this number. */
export const caseOf = (seed: number, number: number): Case => {
  const dice = diceOf(seed, number)
  const isSet = dice.once(4)
  const sents = isSet ? set(dice) : dice.once(3) ? life(dice) : history(dice)
  const again = sents.filter(() => dice.once(3))
  const otherwise = isSet ? dice.shuffled([...sents, ...again]) : []
  const askMachine = dice.once(16)
  const answers = Array.from({ length: dice.below(4) }, () => newAnswer(dice))
  return { sents, isSet, otherwise, answers, askMachine }
}
