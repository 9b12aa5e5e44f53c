import { existsSync } from 'node:fs'
import * as E from 'fp-ts/lib/Either.js'
import type { UserId } from '../../domain/identifiers.ts'
import { format } from '../../domain/instant.ts'
import { systemClock } from '../clock/clock.ts'
import { readStoreConfig } from '../config/config.ts'
import { knownErasures } from '../erasing/knownErasures.ts'
import { erasureJson } from '../http/erasing/erasureJson.ts'
import { type RetentionView, retentionView } from '../http/retention/userRetention.ts'
import { withoutErased } from '../ledger/erased.ts'
import { openReadModelReader } from '../readModel/database/reader.ts'
import type { KeptUser } from '../readModel/database/retentionReader.ts'
import { isMadeAnew } from '../readModel/database/snapshot.ts'
import { currentReadModel } from '../readModel/file.ts'
import { type NextErasure, nextErasure } from '../retention/nextErasure.ts'
import { printable } from '../webhooks/printable.ts'
import { table } from './table.ts'
import { withLog } from './withLog.ts'

const JSON_WORD = '--json'

type RequestedErasure = ReturnType<typeof erasureJson>

/** Who is due and who is on hold, and how many others there are of whom anything counts. */
interface Told {
  readonly at: string
  readonly policy: boolean
  readonly due: readonly RetentionView[]
  readonly onHold: readonly RetentionView[]
  /** Whose period runs. */
  readonly running: number
  /** How many are never due, by why, and who they are. */
  readonly neverDue: Readonly<Record<string, number>>
  readonly neverDueUsers: Readonly<Record<string, readonly UserId[]>>
  /** Erasures that somebody has asked for, and nobody has confirmed. */
  readonly requested: readonly RequestedErasure[]
  readonly nextErasure: NextErasure
}

const keptUsersIn = (file: string): readonly KeptUser[] => {
  const model = openReadModelReader(file)
  try {
    return model.keptUsers()
  } finally {
    model.close()
  }
}

const neverDueOf = (views: readonly RetentionView[]): Pick<Told, 'neverDue' | 'neverDueUsers'> => {
  const users: Record<string, UserId[]> = {}
  for (const { userId, anomalies } of views) {
    for (const { kind } of anomalies) {
      users[kind] ??= []
      users[kind].push(userId)
    }
  }
  const neverDue = Object.fromEntries(Object.entries(users).map(([kind, of]) => [kind, of.length]))
  return { neverDue, neverDueUsers: users }
}

/** So many users are named in a line; `--json` names all. */
const NAMED = 20

const named = (users: readonly UserId[]): string =>
  `(${users.slice(0, NAMED).join(', ')}${users.length > NAMED ? ', …' : ''})`

const rowOf = ({ userId, rule, since, period, country, erasureDueAt, holds }: RetentionView): readonly string[] => [
  userId,
  holds.length > 0 ? `on hold ${holds.map(({ hold }) => hold).join(', ')}` : 'due',
  rule ?? '',
  since ?? '',
  [period, country].filter((part) => part !== null).join(' '),
  erasureDueAt ?? '',
  printable(holds.map(({ by, reason }) => `${by}: ${reason}`).join('; ')),
]

const askedRowOf = ({ erasure, userId, ground, requested, reason }: RequestedErasure): readonly string[] => [
  String(erasure),
  userId ?? 'nobody',
  ground.rule,
  requested?.at ?? '',
  printable(requested === null || !('key' in requested.by) ? 'the policy' : requested.by.key),
  printable(ground.authority === null ? reason : `${reason}; by order of ${ground.authority}`),
]

const counted = ({ events, bytes }: NextErasure['ofUsers']): string => `${events} events, ${bytes} bytes`

const lines = ({
  policy,
  due,
  onHold,
  running,
  neverDueUsers: never,
  requested,
  nextErasure: next,
}: Told): readonly string[] => [
  ...(policy ? [] : ['no retention policy is set (RETENTION_POLICY): nothing is ever due']),
  ...(due.length + onHold.length === 0
    ? ['nobody is due, and nobody on hold']
    : [table(['user', 'is', 'rule', 'since', 'period', 'due at', 'held by'], [...due, ...onHold].map(rowOf))]),
  ...(requested.length === 0
    ? []
    : [
        'asked for, and not confirmed:',
        table(['erasure', 'user', 'rule', 'asked for at', 'by', 'reason'], requested.map(askedRowOf)),
      ]),
  `due: ${due.length}; on hold: ${onHold.length}; period runs: ${running}; never due: ${
    Object.entries(never)
      .map(([kind, users]) => `${kind} ${users.length} ${named(users)}`)
      .join(', ') || 'nobody'
  }`,
  `the next erasure would take of users ${counted(next.ofUsers)}, and of nobody ${counted(next.ofNobody)}; nothing was changed`,
  `webhooks about several users that stand whole in the stream of each: ${next.mixed.webhooks} (${next.mixed.events} events)`,
]

/**
 * `retention [--json]`: who is due to go, by which rule and since when, and who is on hold, as the read model of `DATA_DIR` knows
 * it; which erasures nobody has confirmed yet, and what the next erasure would take, by the log. Nothing is changed; the service may run. Gives the exit code.
 */
export const retentionCommand = async (
  words: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): Promise<number> => {
  const config = readStoreConfig(environment)
  if (words.some((word) => word !== JSON_WORD) || E.isLeft(config)) {
    console.error(E.isLeft(config) ? config.left.join('\n') : `usage: retention [${JSON_WORD}]`)
    return 2
  }
  const { dataDir, retention: policy } = config.right
  const file = currentReadModel(dataDir)
  if (!existsSync(file) || isMadeAnew(file)) {
    console.error(`${dataDir} holds no read model of this version: start the service once`)
    return 1
  }
  return withLog(config.right, async (store) => {
    const now = systemClock()
    const views = keptUsersIn(file).map((user) => retentionView(user.userId, user, policy, now))
    const due = views.filter(({ mayBeErased }) => mayBeErased)
    const known = knownErasures(store, () => undefined)
    await known.readOn()
    const shown = withoutErased(store, known.erased)
    const told: Told = {
      at: format(now),
      policy: policy !== null,
      due,
      onHold: views.filter(({ holds }) => holds.length > 0),
      running: views.filter(
        ({ mayBeErased, erasureDueAt, holds }) => !mayBeErased && erasureDueAt !== null && holds.length === 0,
      ).length,
      ...neverDueOf(views),
      requested: known.courses.requested().map(erasureJson),
      nextErasure: await nextErasure(shown, new Set(due.map(({ userId }) => userId)), policy, now),
    }
    console.log(words.includes(JSON_WORD) ? JSON.stringify(told, null, 2) : lines(told).join('\n'))
    return 0
  })
}
