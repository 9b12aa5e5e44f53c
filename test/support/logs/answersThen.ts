import { existsSync } from 'node:fs'
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { type Answer, ask, rawStreamIn } from '../../fixtures/logs/answers.ts'
import type { ChangedEverywhere, ChangedField, Subject } from '../../fixtures/logs/changes.ts'
import type { OwnService } from '../service/service.ts'
import { type Difference, differences } from './differences.ts'
import { changesSince, type WrittenLog } from './writtenLogs.ts'

/** Stands for the user of what is asked about no single one. */
export const ALL = 'all'

/** The user whom a question is about. */
const userIn = (question: string): string => /^\/users\/(\d+)\//.exec(question)?.[1] ?? ALL

/** Whoever was asked about, `ALL` among them. */
export const askedAbout = ({ answers }: WrittenLog): readonly string[] => [
  ...new Set(answers.answers.map(({ question }) => userIn(question))),
]

/** What was asked about a user and answered with what is worked out, not as it was recorded. */
const askedOf = ({ answers }: WrittenLog, user: string): readonly Answer[] =>
  answers.answers.filter(({ question }) => rawStreamIn(question) === null && userIn(question) === user)

const matches = (pattern: RegExp | null, value: unknown): boolean =>
  pattern === null ? value === undefined : value !== undefined && pattern.test(JSON.stringify(value))

const isListed = ({ path, from, to }: Difference, everywhere: readonly ChangedEverywhere[]): boolean =>
  everywhere.some((one) => one.path.test(path) && matches(one.from, from) && matches(one.to, to))

/** What an answer is about, the times of the question aside. */
const subjectOf = (question: string): Subject =>
  userIn(question) === ALL ? question : question.replace(/^\/users\/\d+\//, '').replaceAll(/=[^&]*/g, '')

/** Where an answer differs from the old one. */
const differing = (before: Answer, now: Answer): readonly Difference[] =>
  before.status === now.status
    ? differences(before.body, now.body)
    : [{ path: 'status', from: before.status, to: now.status }]

/** Without the places that events have in the log: in another store they are others. */
export const withoutPlaces = <A>(value: A): A =>
  JSON.parse(JSON.stringify(value, (key, field) => (key === 'position' ? undefined : field)))

const ANOMALY_IN_HISTORY = /^events\[[^\]]*\]\.(?=anomalies\[)/

/** Asks again; gives each difference that is not listed everywhere once, with what showed it. */
const changesIn = async (
  service: OwnService,
  questions: readonly Answer[],
  everywhere: readonly ChangedEverywhere[],
  seen: <A>(value: A) => A,
): Promise<readonly ChangedField[]> => {
  const found = new Map<string, ChangedField>()
  for (const before of questions) {
    for (const difference of differing(seen(before), seen(await ask(service.get, before.question)))) {
      if (isListed(difference, everywhere)) continue
      const field = { ...difference, path: difference.path.replace(ANOMALY_IN_HISTORY, '') }
      const key = JSON.stringify(field)
      const subjects = new Set([...(found.get(key)?.in ?? []), subjectOf(before.question)])
      found.set(key, { ...field, in: [...subjects] })
    }
  }
  return [...found.values()]
}

const keyOf = ({ path, from, to, in: subjects }: ChangedField): string =>
  JSON.stringify([path, from, to, [...subjects].sort()])

const without = (fields: readonly ChangedField[], others: readonly ChangedField[]): readonly ChangedField[] => {
  const known = new Set(others.map(keyOf))
  return fields.filter((field) => !known.has(keyOf(field)))
}

const asLines = (fields: readonly ChangedField[]): string =>
  fields.map((field) => `  ${JSON.stringify(field)},\n`).join('')

const NEW_FILE = `import type { ChangedAnswers, ChangedEverywhere } from '../changes.ts'

export const EVERYWHERE: readonly ChangedEverywhere[] = []

export const CHANGED: ChangedAnswers = {
}
`

/** Where a change that is meant is written down. */
const place = ({ changed }: WrittenLog): string => {
  const file = relative('', fileURLToPath(changed))
  return existsSync(changed)
    ? `if that is meant, add to CHANGED in ${file} why`
    : `if that is meant, make ${file} of this, and add to CHANGED why:\n${NEW_FILE}`
}

/** Members that were added since: no answer is another one by that. */
const ADDED: readonly ChangedEverywhere[] = [
  {
    why: 'The list says since when a user has had his status.',
    path: /^users\[\d+\]\.since$/,
    from: null,
    to: /^(null|"[\dT:.-]+Z")$/,
  },
  {
    why: 'The status tells what the provider answered when it was asked, and on which release it rests.',
    path: /^(observed|released)$/,
    from: null,
    to: /^null$/,
  },
  { why: 'The status tells what is held back.', path: /^heldBack$/, from: null, to: /^\[/ },
]

/** What every log is answered otherwise by. */
const RENAMED: readonly ChangedEverywhere[] = [
  {
    why: 'A webhook that is called like what this service writes itself shows no name: its name is not signed, and these are told by theirs.',
    path: /^events\[[^\]]*\]\.name$/,
    from: /^"kyc-ledger\./,
    to: /^null$/,
  },
]

/**
 * Asks all questions about a user again; fails on every difference that is not listed, and on those listed that are none.
 * `seen` takes out of both sides what is not compared.
 */
export const expectAsBefore = async (
  service: OwnService,
  log: WrittenLog,
  user: string,
  seen: <A>(value: A) => A = (value) => value,
): Promise<void> => {
  const { EVERYWHERE, CHANGED } = await changesSince(log)
  const found = await changesIn(service, askedOf(log, user), [...EVERYWHERE, ...ADDED, ...RENAMED], seen)
  const listed = seen(CHANGED[user]?.flatMap(({ fields }) => fields) ?? [])
  const [unlisted, gone] = [without(found, listed), without(listed, found)]
  if (unlisted.length + gone.length === 0) return
  expect.fail(
    `${log.name} was answered otherwise; ${place(log)}\n\n` +
      `not listed:\n'${user}': [{ why: '…', fields: [\n${asLines(unlisted)}] }],\nlisted, and not found:\n${asLines(gone)}`,
  )
}
