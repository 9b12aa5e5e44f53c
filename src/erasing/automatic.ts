import * as E from 'fp-ts/lib/Either.js'
import type { Logger } from '../log/log.ts'
import type { AskingForDue } from './askingForDue.ts'
import type { Wait } from './waiting.ts'

const HOUR_MS = 3_600_000
const AGAIN_MS = 5000

interface Surroundings {
  /** What keeps it from erasing anything for now. */
  readonly waits: () => Promise<Wait | null>
  readonly begin: (erasures: readonly number[]) => void
  readonly log: Logger
}

/** Every hour, and once at the start, has what is due erased, as the policy wants it. Gives the end of it. */
export const eraseByPolicy = (
  { automatic }: Pick<AskingForDue, 'automatic'>,
  { waits, begin, log }: Surroundings,
): (() => void) => {
  let isStopped = false
  let timer: NodeJS.Timeout | undefined
  let told = ''
  let waitTold = ''
  const askFor = async (): ReturnType<AskingForDue['automatic']> => {
    const wait = await waits()
    if (wait === null) return automatic()
    if (wait.why !== waitTold) log.warn(wait, 'the policy erases nothing by itself for now')
    waitTold = wait.why
    return E.right([])
  }

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
