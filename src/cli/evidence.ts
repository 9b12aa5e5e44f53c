import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { setTimeout as pause } from 'node:timers/promises'
import { isUserId, type UserId } from '../../domain/identifiers.ts'
import { typeOf } from '../http/problemKinds.ts'
import { keyHeaders, serviceUrl } from './askService.ts'
import { fetchPatiently } from './fetchPatiently.ts'
import { tellRefusal } from './tellRefusal.ts'

const USAGE = 'usage: evidence <userId> > <file>'

/** The newest event of the user is sealed within that, or something is wrong; in seconds. */
const LONGEST_WAIT_S = 300

const NOBODY = 'the service does not answer; start it, or set KYC_URL to where it listens'

type Environment = Readonly<Record<string, string | undefined>>

const ask = async (userId: UserId, environment: Environment): Promise<Response | null> => {
  try {
    const headers = keyHeaders(environment)
    return await fetchPatiently(`${serviceUrl(environment)}/users/${userId}/evidence`, { headers })
  } catch {
    return null
  }
}

/** How many seconds after a refusal another try makes sense; `null` where none does. */
const againAfter = (response: Response, problem: string): number | null =>
  response.status === 503 && problem.includes(typeOf('not-sealed'))
    ? Math.max(1, Number(response.headers.get('retry-after') ?? 1))
    : null

/**
 * `evidence <userId>`: writes what `GET /users/{userId}/evidence` answers to standard output. The service is asked, and not the
 * log, so that it is recorded who looked. Waits for the next seal where the newest event has none yet. Gives the exit code.
 */
export const evidenceCommand = async (words: readonly string[], environment: Environment): Promise<number> => {
  const [userId = '', ...others] = words
  if (!isUserId(userId) || others.length > 0) {
    console.error(USAGE)
    return 2
  }
  if (process.stdout.isTTY) {
    console.error('an archive is not for a terminal: send it to a file')
    return 2
  }
  for (let waited = 0; ; ) {
    const response = await ask(userId, environment)
    if (response === null) {
      console.error(NOBODY)
      return 1
    }
    if (response.ok && response.body !== null) {
      // An answer that breaks off rejects: what was written until then is no whole archive.
      await pipeline(Readable.fromWeb(response.body), process.stdout).catch((error: unknown) => {
        throw new Error('the answer broke off: what was written is no evidence file', { cause: error })
      })
      return 0
    }
    const problem = await response.text()
    const wait = againAfter(response, problem)
    if (wait === null || waited >= LONGEST_WAIT_S) {
      console.error(tellRefusal(response.status, problem))
      return 1
    }
    console.error('the newest event of the user is not sealed yet: waiting for that')
    // It may be there sooner than the answer promises.
    const seconds = Math.min(wait, 5)
    await pause(seconds * 1000)
    waited += seconds
  }
}
