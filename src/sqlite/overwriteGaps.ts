import { fstatSync, fsyncSync, readSync, writeSync } from 'node:fs'
import { formatOf, gapOf, type PageFormat, pointersOf } from './pageGaps.ts'

/** So many bytes are looked through at a time: some milliseconds. */
const AT_ONCE_BYTES = 8 * 1024 * 1024
const FIRST_PAGE_BYTES = 512
/** What is looked at now; of the largest pages there are four. One for all: what a thread leaves behind that has nothing to do then nobody collects. */
const looked = Buffer.allocUnsafeSlow(256 * 1024)

/** Progress through the pages of a file. */
export interface Overwritten {
  /** The page to go on with, numbered from 1; `null` at the end of the file. */
  readonly next: number | null
  /** On how many pages something stood in the gap. */
  readonly pages: number
}

const readFormat = (fd: number, bytes: number): PageFormat => {
  const first = Buffer.alloc(FIRST_PAGE_BYTES)
  readSync(fd, first, 0, first.length, 0)
  return formatOf(first, bytes)
}

/** Reads the page of pointers of a page, each once as long as they are asked for in turn; without them gives `null`. */
const pointersIn = (fd: number, format: PageFormat): ((number: number) => Buffer | null) => {
  if (!format.hasPointerMap) return () => null
  const { pageSize } = format
  const pointers = Buffer.alloc(pageSize)
  let read = 0
  return (number) => {
    const wanted = pointersOf(number, format)
    if (wanted !== read) readSync(fd, pointers.fill(0), 0, pageSize, (wanted - 1) * pageSize)
    read = wanted
    return pointers
  }
}

/**
 * Overwrites with zeros what pages of a database hold where no row stands, from page `first` on, for some milliseconds. SQLite
 * knows nothing of it: the write-ahead log has to be empty, and nobody else may write. Torn, it does no harm: nobody reads there. Once the
 * end of the file is reached all is durable. Throws where it cannot be written, or where it is not known for sure of which pages that may be: nothing of this step is
 * overwritten then.
 */
export const overwriteGaps = (fd: number, first: number): Overwritten => {
  const { size } = fstatSync(fd)
  if (size < FIRST_PAGE_BYTES) return { next: null, pages: 0 }
  const format = readFormat(fd, size)
  const { pageSize } = format
  if (!format.hasPointerMap && format.isHuge)
    throw new Error(
      'a database of an earlier release, and so large, does not tell its pages apart: copy it into a new one',
    )
  const pointers = pointersIn(fd, format)
  const zeros = Buffer.alloc(pageSize)
  const gaps: { readonly at: number; readonly length: number }[] = []
  const start = (first - 1) * pageSize
  const until = Math.min(size, start + AT_ONCE_BYTES)
  let next = first
  for (let at = start; at < until; at = (next - 1) * pageSize) {
    const bytes = readSync(fd, looked, 0, Math.min(looked.length, until - at), at)
    const count = Math.floor(bytes / pageSize)
    if (count === 0) break
    for (let index = 0; index < count; index += 1) {
      const page = looked.subarray(index * pageSize, (index + 1) * pageSize)
      const gap = gapOf(page, next + index, format, pointers(next + index))
      if (gap === null) continue
      const { from, to } = gap
      if (page.compare(zeros, 0, to - from, from, to) === 0) continue
      gaps.push({ at: at + index * pageSize + from, length: to - from })
    }
    next += count
  }
  const write = (): void => {
    for (const { at, length } of gaps) writeSync(fd, zeros, 0, length, at)
  }
  write()
  const isLast = next === first || (next - 1) * pageSize >= size
  try {
    if (gaps.length > 0 || isLast) fsyncSync(fd)
  } catch (error) {
    // Linux takes for written what it could not write: it has to be written again, or the next sync would leave it out.
    write()
    throw error
  }
  return { next: isLast ? null : next, pages: gaps.length }
}
