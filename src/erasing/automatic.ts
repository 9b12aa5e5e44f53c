import * as E from 'fp-ts/lib/Either.js'
import { format, type Instant, minutes } from '../../domain/instant.ts'
import type { Clock } from '../clock/clock.ts'
import type { Logger } from '../log/log.ts'
import type { AskingForDue } from './askingForDue.ts'

const HOUR_MS = 3_600_000
const AGAIN_MS = 5000

/** With the end of a log its newest legal holds may be lost: so long somebody has to place them again. */
const WAIT_AFTER_LOSS = minutes(7 * 24 * 60)

interface Surroundings {
  readonly now: Clock
  /** When somebody last accepted that the end of the log is lost. */
  readonly lossAcceptedAt: () => Promise<Instant | null>
  readonly begin: (erasures: readonly number[]) => void
  readonly log: Logger
}

/**
 * Every hour, and once at the start, has what is due erased, as the policy wants it; not in the week after somebody has accepted that
 * the end of the log is lost. Gives the end of it.
 */
export const eraseByPolicy = (
  { automatic }: Pick<AskingForDue, 'automatic'>,
  { now, lossAcceptedAt, begin, log }: Surroundings,
): (() => void) => {
  let isStopped = false
  let timer: NodeJS.Timeout | undefined
  let told = ''
  let isWaitTold = false
  const isWaiting = async (): Promise<boolean> => {
    const lostAt = await lossAcceptedAt()
    const until = lostAt === null ? null : ((lostAt + WAIT_AFTER_LOSS) as Instant)
    if (until === null || now() >= until) return false
    if (!isWaitTold) {
      const said = 'nothing is erased by the policy: legal holds may be lost with the end of the log; place them again'
      log.warn({ until: format(until) }, said)
    }
    isWaitTold = true
    return true
  }
  const askFor = async (): ReturnType<AskingForDue['automatic']> => ((await isWaiting()) ? E.right([]) : automatic())

  const look = async (): Promise<void> => {
    const asked = await askFor().catch((error: unknown) =>
      E.left({ reason: error instanceof Error ? error.message : String(error) }),
    )
    if (isStopped) return
    const reason = E.isLeft(asked) ? asked.left.reason : ''
    // At the start the read model has to come to the end of the log first.
    if (reason !== '' && told !== '' && reason !== told) log.warn({ reason }, 'what is due could not be asked for')
    told = reason
    if (E.isRight(asked) && asked.right.length > 0) {
      log.info({ erasures: asked.right.length }, 'what is due by the policy is erased')
      begin(asked.right)
    }
    timer = setTimeout(() => void look(), E.isRight(asked) ? HOUR_MS : AGAIN_MS).unref()
  }
  timer = setTimeout(() => void look(), 0).unref()
  return () => {
    isStopped = true
    clearTimeout(timer)
  }
}
