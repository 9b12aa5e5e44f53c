import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { Dice } from '../fuzz/dice.ts'
import type { Call } from './trace.ts'

/** What is written at once or not at all. */
const BLOCK_BYTES = 512

type Change = { readonly at: number; readonly bytes: Buffer } | { readonly length: number }

/** A change of a file that nobody has synced, by the number of the call. */
interface Pending {
  readonly number: number
  readonly change: Change
}

/** Bytes that grow. */
class Content {
  #bytes = Buffer.alloc(0)
  #length = 0

  static of(other: Content): Content {
    const content = new Content()
    content.#bytes = Buffer.from(other.bytes())
    content.#length = other.#length
    return content
  }

  bytes(): Buffer {
    return this.#bytes.subarray(0, this.#length)
  }

  write(at: number, bytes: Buffer): void {
    const end = at + bytes.length
    if (end > this.#bytes.length) {
      const larger = Buffer.alloc(Math.max(end, 2 * this.#bytes.length))
      this.#bytes.copy(larger, 0, 0, this.#length)
      this.#bytes = larger
    }
    bytes.copy(this.#bytes, at)
    this.#length = Math.max(this.#length, end)
  }

  truncate(length: number): void {
    if (length > this.#length) return this.write(length - 1, Buffer.alloc(1))
    this.#bytes.fill(0, length, this.#length)
    this.#length = length
  }

  apply(change: Change): void {
    if ('length' in change) this.truncate(change.length)
    else this.write(change.at, change.bytes)
  }
}

/** A change cut into what the disk takes at once. */
const blocksOf = (change: Change): readonly Change[] => {
  if ('length' in change) return [change]
  const blocks: Change[] = []
  for (let from = 0; from < change.bytes.length; ) {
    const to = Math.min(from + BLOCK_BYTES - ((change.at + from) % BLOCK_BYTES), change.bytes.length)
    blocks.push({ at: change.at + from, bytes: change.bytes.subarray(from, to) })
    from = to
  }
  return blocks
}

/** How much of what nobody has synced is on the disk: nothing, all, all up to a moment, or any blocks of it. */
type Share = 'none' | 'all' | 'up to' | 'any'
const SHARES: readonly Share[] = ['none', 'all', 'up to', 'any', 'any']

const chosen = (changes: readonly Change[], share: Share, dice: Dice): readonly Change[] => {
  const blocks = changes.flatMap(blocksOf)
  if (share === 'none') return []
  if (share === 'all') return blocks
  return share === 'up to' ? blocks.slice(0, dice.below(blocks.length + 1)) : blocks.filter(() => dice.once(2))
}

class File {
  readonly synced = new Content()
  #pending: Pending[] = []

  /** What a disk holds that nothing was done to yet. */
  static of(bytes: Buffer): File {
    const file = new File()
    file.synced.write(0, bytes)
    return file
  }

  change(number: number, change: Change): void {
    this.#pending.push({ number, change })
  }

  /** What was done up to that call is on the disk. */
  sync(until: number): void {
    for (const change of this.#take(until)) this.synced.apply(change)
  }

  /** Linux takes what it could not write for written: it is never tried again. Some blocks may have come to the disk all the same. */
  lose(until: number, dice: Dice): void {
    const share = dice.pick(SHARES.filter((one) => one !== 'all'))
    for (const change of chosen(this.#take(until), share, dice)) this.synced.apply(change)
  }

  image(share: Share, dice: Dice): Buffer {
    if (this.#pending.length === 0 || share === 'none') return this.synced.bytes()
    const content = Content.of(this.synced)
    const changes = this.#pending.map(({ change }) => change)
    for (const change of chosen(changes, share, dice)) content.apply(change)
    return content.bytes()
  }

  #take(until: number): readonly Change[] {
    const taken = this.#pending.filter(({ number }) => number <= until)
    this.#pending = this.#pending.filter(({ number }) => number > until)
    return taken.map(({ change }) => change)
  }
}

type Entry = File | 'directory'
type NameChange = { readonly path: string; readonly entry: Entry | null }

/** `null`: with nothing but what was synced. */
export type Chance = Dice | null

/**
 * The disk under a directory: it is told what was done to the files, and gives what could be found on it had the power gone at that moment. What
 * was synced is there. Of what was not, each file has nothing, all, a beginning or any blocks (torn writes among them), and each
 * directory a beginning of what was done to its names: a name is durable once its directory was synced, not before.
 */
export class Disk {
  /** By the number of each opening. */
  readonly #opened = new Map<number, { readonly path: string; readonly entry: Entry }>()
  /** As the process sees them. */
  readonly #seen = new Map<string, Entry>([['', 'directory']])
  readonly #names = new Map<string, Entry>([['', 'directory']])
  #pendingNames: NameChange[] = []
  readonly #dice: Dice
  /** By the opening: the last call before a sync of it that is under way. */
  readonly #syncing = new Map<number, number>()
  #calls = 0
  /** Raised with each thing that became durable. */
  version = 0

  /** Begins with what stands in a directory; `dice` settle what a failed sync has written. */
  constructor(directory: string, dice: Dice) {
    this.#dice = dice
    for (const path of readdirSync(directory, { recursive: true, encoding: 'utf8' })) {
      const place = join(directory, path)
      const entry = statSync(place).isDirectory() ? 'directory' : File.of(readFileSync(place))
      for (const names of [this.#seen, this.#names]) names.set(path, entry)
    }
  }

  tell(call: Call): void {
    this.#calls += 1
    switch (call._tag) {
      case 'Opened': {
        let entry = this.#seen.get(call.path)
        if (entry === undefined) {
          if (call.existed) throw new Error(`${call.path} was there, and nobody made it`)
          entry = new File()
          this.#name(call.path, entry)
        }
        if (call.emptied && entry !== 'directory') entry.change(this.#calls, { length: 0 })
        this.#opened.set(call.file, { path: call.path, entry })
        return
      }
      case 'Written':
        return this.#change(call.file, { at: call.offset, bytes: call.bytes })
      case 'Truncated':
        return this.#change(call.file, { length: call.length })
      case 'SyncBegun':
        return void this.#syncing.set(call.file, this.#calls)
      case 'Synced':
        return this.#synced(call.file, call.error)
      case 'Renamed': {
        const entry = this.#seen.get(call.from)
        if (entry === undefined) throw new Error(`${call.from} was renamed, and nobody made it`)
        this.#name(call.to, entry)
        this.#name(call.from, null)
        return
      }
      case 'Removed':
        return this.#name(call.path, null)
      case 'DirectoryMade':
        return this.#name(call.path, 'directory')
      default:
        return
    }
  }

  /** Writes into an empty directory what the disk could hold now. */
  writeImage(directory: string, chance: Chance): void {
    const names = new Map(this.#names)
    const share = chance?.pick(SHARES) ?? 'none'
    const until =
      { none: 0, all: this.#pendingNames.length }[share as string] ?? chance?.below(this.#pendingNames.length + 1) ?? 0
    for (const change of this.#pendingNames.slice(0, until)) put(names, change)
    for (const [path, entry] of names) {
      if (path === '') continue
      const place = join(directory, path)
      if (entry === 'directory') mkdirSync(place, { recursive: true, mode: 0o700 })
      else {
        // A file stands in a directory that is there.
        if (!names.has(dirname(path) === '.' ? '' : dirname(path))) continue
        mkdirSync(dirname(place), { recursive: true })
        const own = chance === null ? 'none' : chance.once(3) ? share : chance.pick(SHARES)
        writeFileSync(place, entry.image(own, chance ?? this.#dice), { mode: 0o600 })
      }
    }
  }

  #change(file: number, change: Change): void {
    const entry = this.#opened.get(file)?.entry
    if (!(entry instanceof File))
      throw new Error(`bytes were written to what nobody has opened: ${file} ${JSON.stringify(this.#opened.get(file))}`)
    entry.change(this.#calls, change)
  }

  #name(path: string, entry: Entry | null): void {
    put(this.#seen, { path, entry })
    this.#pendingNames.push({ path, entry })
  }

  #synced(file: number, error: number): void {
    const opened = this.#opened.get(file)
    if (opened === undefined) return
    const { path, entry } = opened
    if (entry instanceof File) {
      const until = this.#syncing.get(file) ?? 0
      if (error === 0) entry.sync(until)
      else entry.lose(until, this.#dice)
    } else if (error === 0) {
      const own = (change: NameChange): boolean => (dirname(change.path) === '.' ? '' : dirname(change.path)) === path
      for (const change of this.#pendingNames.filter(own)) put(this.#names, change)
      this.#pendingNames = this.#pendingNames.filter((change) => !own(change))
    }
    this.version += 1
  }
}

const put = (names: Map<string, Entry>, { path, entry }: NameChange): void => {
  if (entry === null) names.delete(path)
  else names.set(path, entry)
}
