import { readFileSync } from 'node:fs'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import * as J from 'fp-ts/lib/Json.js'
import * as t from 'io-ts'
import { UserId } from '../../domain/identifiers.ts'

const Milliseconds = t.number
const OrNull = <A>(codec: t.Type<A, unknown>) => t.union([codec, t.null])
const object = <P extends t.Props>(props: P) => t.readonly(t.strict(props))

/** How far an endpoint has been told, and how it stands: nothing personal but the ids of users. Times in milliseconds since 1970. */
export const Checkpoint = object({
  version: t.literal(1),
  /** The log that the place is of. */
  log: t.string,
  /** Everything of the feed up to it is delivered, or its users wait; `null`: its beginning. */
  after: OrNull(t.string),
  /** The ids of what was delivered last: the feed may tell it again. */
  told: t.readonlyArray(t.string),
  waiting: t.readonlyArray(
    object({ userId: UserId, attempts: t.number, since: OrNull(Milliseconds), dueAt: Milliseconds }),
  ),
  /** Users whose last webhook was not taken for three days, while others were; newest last, at most so many as are kept. */
  givenUp: t.readonlyArray(UserId),
  standing: object({
    failingSince: OrNull(Milliseconds),
    deliveredAt: OrNull(Milliseconds),
    down: OrNull(
      object({
        since: Milliseconds,
        attempts: t.number,
        triedAt: Milliseconds,
        probeAt: Milliseconds,
        notBefore: Milliseconds,
      }),
    ),
    off: OrNull(object({ reason: t.keyof({ gone: null, dead: null, 'checkpoint-lost': null }), at: Milliseconds })),
  }),
})
export type Checkpoint = t.TypeOf<typeof Checkpoint>

const directory = (dataDir: string): string => join(dataDir, 'webhooks-out')
export const checkpointFile = (dataDir: string, name: string): string => join(directory(dataDir), `${name}.json`)
/** Where it is asked for that an endpoint is switched on: by a file, so that it holds whether the service runs or not. */
export const askedOnFile = (dataDir: string, name: string): string => join(directory(dataDir), `${name}.on`)

/** `null` where there is none yet; on the left what is wrong with the one that is there. */
export const readCheckpoint = (file: string): E.Either<string, Checkpoint | null> => {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return E.right(null)
    return E.left('its checkpoint cannot be read')
  }
  return E.mapLeft(() => 'its checkpoint is none')(E.chainW(Checkpoint.decode)(J.parse(text)))
}

/** Puts a checkpoint in the place of the one before: after a crash it is either of the two. Durable when it resolves. */
export const writeCheckpoint = async (file: string, checkpoint: Checkpoint): Promise<void> => {
  const next = `${file}.next`
  await mkdir(dirname(file), { recursive: true, mode: 0o700 })
  await rm(next, { force: true })
  const written = await open(next, 'wx', 0o600)
  try {
    await written.writeFile(`${JSON.stringify(Checkpoint.encode(checkpoint))}\n`)
    await written.sync()
  } finally {
    await written.close()
  }
  await rename(next, file)
  const names = await open(dirname(file), 'r')
  try {
    await names.sync()
  } finally {
    await names.close()
  }
}
