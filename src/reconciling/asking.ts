import type { UserId } from '../../domain/identifiers.ts'
import type { Compared } from './compareUser.ts'
import { BROKEN_OFF, type End, failed, type Running, type Told } from './running.ts'

/** So many in a row of whom nothing can be learned end a run: it would go on so. */
const FAILURES_IN_ROW = 10
/** The provider may not know so many users of the log, or a tenth of them; where it knows nobody, it is another one. */
const GONE = 10
const GONE_SHARE = 0.1
/** The verification of so many may be taken away by one run, and of a tenth of those whom both know. */
const LOSING = 25
const LOSING_SHARE = 0.1
/** So many wait for others to show that it is the right one. */
const WAITING = 1000

const OTHER_ENVIRONMENT =
  'the provider does not know users whom the log knows: is TREEZOR_API_URL of the right environment? Who is really gone there is recorded once he is named (--user)'

const TOO_MANY_LOSE =
  'the provider says of too many verified users that they are not: is it asked in a way that tells how they stand? See what a dry run shows; of whom it is right is recorded once he is named (--user)'

/** Whether documents are asked for as well, and whether a person has named him. */
interface How {
  readonly withDocuments: boolean
  readonly isNamed?: true
}

/** Asks about one user after the other, and counts. */
export interface Asking {
  /** Gives what is to be told of him, and of whoever waited for him. */
  readonly user: (userId: UserId, how: How) => AsyncGenerator<Told>
  /** A page shows somebody, and not whom. */
  readonly nobody: (reason: string) => Generator<Told, false>
  /** A page shows one as he is known; `isHeard`: to the log, too, which shows that the provider is the right one. */
  readonly same: (userId: UserId, isHeard: boolean) => AsyncGenerator<Told>
  /** Who was compared since this was last asked: not who was erased, or of whom nothing was learned. In a dry run nobody is noted. */
  readonly compared: () => readonly UserId[]
  /** Whether somebody waits for others to show that the provider is the right one. */
  readonly isWaiting: () => boolean
  /** Nobody else comes who could show it. */
  readonly over: () => void
  /** Why it does not go on; `null` while it does. */
  readonly end: () => End | null
}

const always = (): boolean => true

export const asking = ({ compare, progress, sums, dryRun, signal }: Running): Asking => {
  let ended: End | null = null
  let inRow = 0
  let both = 0
  let gone = 0
  let losing = 0
  let done: UserId[] = []
  const waiting = new Map<UserId, How>()
  const mayBeGone = (): boolean => both > 0 && gone < GONE + Math.floor(both * GONE_SHARE)
  const mayLose = (): boolean => losing < LOSING + Math.floor(both * LOSING_SHARE)

  const count = (userId: UserId): void => {
    inRow = 0
    sums.checked += 1
    if (!dryRun) done.push(userId)
  }

  const fail = (userId: UserId | null, reason: string, ends: boolean): Told => {
    sums.failed += 1
    inRow += 1
    if (ends || inRow >= FAILURES_IN_ROW) ended ??= failed(reason)
    return { _tag: 'Failed', userId, reason }
  }

  const take = (userId: UserId, how: How, compared: Compared): Told | null => {
    switch (compared._tag) {
      case 'NotCompared':
        return signal.aborted ? null : fail(userId, compared.reason, compared.ends)
      case 'NotKnownThere':
        waiting.set(userId, how)
        if (waiting.size > WAITING || (both === 0 && waiting.size >= FAILURES_IN_ROW))
          ended ??= failed(OTHER_ENVIRONMENT)
        return null
      case 'StaysVerified':
        ended ??= failed(TOO_MANY_LOSE)
        return null
      case 'Erased':
        if (!dryRun) progress.forget([userId])
        return null
      default:
        count(userId)
        if (compared.knownBy === 'both') both += 1
        if (compared.knownBy === 'log' && !how.isNamed) gone += 1
    }
    if (compared._tag === 'Same') return null
    sums.recorded += 1
    if (compared.isLosing && !how.isNamed) losing += 1
    if (compared.released !== null) sums.released += 1
    return { ...compared, lastComparedAt: progress.checkedAt(userId) }
  }

  const ask = async (userId: UserId, how: How): Promise<Told | null> => {
    const { withDocuments, isNamed } = how
    const may = isNamed ? { mayBeGone: always, mayLose: always } : { mayBeGone, mayLose: dryRun ? always : mayLose }
    return take(userId, how, await compare.ask(userId, { withDocuments, dryRun, signal, ...may }))
  }

  async function* whoWaited(): AsyncGenerator<Told> {
    for (const [userId, how] of waiting) {
      if (!mayBeGone() || signal.aborted || ended !== null) return
      waiting.delete(userId)
      const told = await ask(userId, how)
      if (told !== null) yield told
    }
  }

  return {
    user: async function* (userId, how) {
      const told = await ask(userId, how)
      sums.through = userId
      if (told !== null) yield told
      yield* whoWaited()
    },
    same: async function* (userId, isHeard) {
      count(userId)
      if (isHeard) both += 1
      yield* whoWaited()
    },
    nobody: function* (reason) {
      yield fail(null, reason, false)
      return false
    },
    compared: () => {
      const since = done
      done = []
      return since
    },
    isWaiting: () => waiting.size > 0,
    over: () => {
      if (waiting.size > 0) ended ??= failed(OTHER_ENVIRONMENT)
    },
    end: () => (signal.aborted ? BROKEN_OFF : ended),
  }
}
