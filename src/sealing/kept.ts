import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import * as E from 'fp-ts/lib/Either.js'
import * as J from 'fp-ts/lib/Json.js'
import * as t from 'io-ts'
import { type Checkpoint, checkpointIn } from '../tlog/checkpoint.ts'
import { replaceFile } from '../tree/files.ts'

// What a data directory keeps of the seals of its log: the newest one, which may stand in the very tail that a log loses, and
// from where on the log is not the one that was sealed.

/** Where the tree is, in a data directory. */
export const treeDirectory = (dataDir: string): string => join(dataDir, 'tree')

const directory = (dataDir: string): string => join(dataDir, 'sealed')
export const checkpointFile = (dataDir: string): string => join(directory(dataDir), 'checkpoint')
/** All who were erased of the log, as its newest checkpoints count them (`erasureList`). */
export const erasureListFile = (dataDir: string): string => join(directory(dataDir), 'erasures')
const contradictionFile = (dataDir: string): string => join(directory(dataDir), 'contradicted')

/** `null` where it is not there; empty where it is, and cannot be read. */
const textOf = (file: string): string | null => {
  try {
    return readFileSync(file, 'utf8')
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ENOENT' ? null : ''
  }
}

export const keepCheckpoint = (dataDir: string, note: string): void => replaceFile(checkpointFile(dataDir), note)

/** The note of the newest checkpoint that this directory has seen of its log; empty where there is none. */
export const keptNote = (dataDir: string): string => textOf(checkpointFile(dataDir)) ?? ''

/** What it says; `null` where there is none that can be read. */
export const keptCheckpoint = (dataDir: string): Checkpoint | null => {
  const checkpoint = checkpointIn(keptNote(dataDir))
  return E.isRight(checkpoint) ? checkpoint.right : null
}

/** Of a list that is kept who counts is who was listed once: it is put in the place of the one before. */
export const keepErasureList = (dataDir: string, list: string): void => replaceFile(erasureListFile(dataDir), list)

/** Empty where none is kept. */
export const keptErasureList = (dataDir: string): string => textOf(erasureListFile(dataDir)) ?? ''

const KeptUntrusted = t.readonly(
  t.strict({
    after: t.union([t.string, t.null]),
    origin: t.string,
    /** What witnesses have shown; none where a checkpoint of the log itself does not agree. */
    witnesses: t.readonlyArray(t.readonly(t.strict({ name: t.string, what: t.string }))),
  }),
)
/** From where on the log is not the one that was sealed, under which origin, and by what that is known. */
export type KeptUntrusted = t.TypeOf<typeof KeptUntrusted>

/** `null`: the whole log is the one that was sealed, as far as that goes. */
export const keepUntrusted = (dataDir: string, untrusted: KeptUntrusted | null): void => {
  if (untrusted !== null) replaceFile(contradictionFile(dataDir), `${JSON.stringify(untrusted)}\n`)
  else rmSync(contradictionFile(dataDir), { force: true })
}

/** As it was found last. What cannot be read makes all of it untrusted, until it is looked at. */
export const keptUntrusted = (dataDir: string): KeptUntrusted | null => {
  const text = textOf(contradictionFile(dataDir))
  if (text === null) return null
  const kept = E.chainW(KeptUntrusted.decode)(J.parse(text))
  return E.isRight(kept) ? kept.right : { after: null, origin: '', witnesses: [] }
}
