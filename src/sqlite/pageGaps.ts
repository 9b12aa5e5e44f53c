/** Bytes of a page, from `from` to just before `to`. */
export interface Gap {
  readonly from: number
  readonly to: number
}

/** What has to be known of a database to tell its pages apart; from its first page (SQLite's file format, 1.3). */
export interface PageFormat {
  readonly pageSize: number
  /** Bytes of a page that are used: the rest is reserved. */
  readonly usable: number
  /** Whether pages of pointers stand between the others (1.8). */
  readonly hasPointerMap: boolean
  /** Whether the rest of a long row may look like a page of a tree. */
  readonly isHuge: boolean
}

/**
 * From so many pages on the rest of a long row may look like a page of a tree: it begins with the number of the page on which it goes on, whose first
 * byte is then as large as what a page of a tree begins with (1.7).
 */
const MANY_PAGES = 0x0200_0000

/** Of a database of so many bytes that begins with this page. */
export const formatOf = (firstPage: Buffer, bytes: number): PageFormat => {
  const size = firstPage.readUInt16BE(16)
  const pageSize = size === 1 ? 65_536 : size
  const usable = pageSize - firstPage.readUInt8(20)
  return { pageSize, usable, hasPointerMap: firstPage.readUInt32BE(52) !== 0, isHuge: bytes / pageSize >= MANY_PAGES }
}

/** The byte by which locks are taken; its page holds nothing (1.4). */
const LOCK_BYTE = 0x4000_0000

const INTERIOR: readonly number[] = [2, 5]
const LEAVES: readonly number[] = [10, 13]

/** The kinds that a page of pointers knows of pages of a tree: its root, and others. Any other holds the rest of a long row, or nothing (1.8). */
const OF_TREES: readonly number[] = [1, 5]
/** What a page of pointers holds of each page behind it. */
const POINTER_BYTES = 5

const lockedPage = ({ pageSize }: PageFormat): number => Math.floor(LOCK_BYTE / pageSize) + 1

/** The page of pointers that knows what page `number` is, both numbered from 1. */
export const pointersOf = (number: number, format: PageFormat): number => {
  const together = Math.floor(format.usable / POINTER_BYTES) + 1
  const page = number - ((number - 2) % together)
  return page === lockedPage(format) ? page + 1 : page
}

/** Whether page `number` is of those that are no part of a tree wherever they stand. */
const standsApart = (number: number, format: PageFormat): boolean =>
  number === lockedPage(format) || (format.hasPointerMap && pointersOf(number, format) === number)

/** Whether page `number` is one of a tree: the first always is, any other where its page of pointers says so. Without such pages it is not known: `null`. */
const saidOfTree = (number: number, format: PageFormat, pointers: Buffer | null): boolean | null => {
  if (number === 1) return true
  if (pointers === null) return null
  return OF_TREES.includes(pointers.readUInt8(POINTER_BYTES * (number - pointersOf(number, format) - 1)))
}

/** How long the header of a page is that stands there; 0 where it is no page of a tree. */
const headerBytes = (kind: number | undefined): number => {
  if (kind === undefined) return 0
  return INTERIOR.includes(kind) ? 12 : LEAVES.includes(kind) ? 8 : 0
}

/** Empty of what is no page of a tree, or makes no sense as one. */
const gapAsOfTree = (page: Buffer, number: number, format: PageFormat): Gap | null => {
  const header = number === 1 ? 100 : 0
  const length = headerBytes(page[header])
  if (length === 0) return null
  const rows = page.readUInt16BE(header + 3)
  const content = page.readUInt16BE(header + 5)
  const to = content === 0 ? 65_536 : content
  const from = header + length + 2 * rows
  if (to > format.usable || from > to) return null
  for (let row = 0; row < rows; row += 1) {
    const at = page.readUInt16BE(header + length + 2 * row)
    if (at < to || at >= format.usable) return null
  }
  return { from, to }
}

/**
 * What a page of a table or an index does not use between the pointers to its rows and the rows (1.6). SQLite overwrites a row
 * that is deleted; of one that it had moved to another page before, so as to fill them evenly, it leaves a copy here. Empty of
 * any other page. `pointers`: its page of pointers; `null` where the database has none. Throws where they say of it what it is not: something
 * may be left there, or stand there, and nobody knows which.
 */
export const gapOf = (page: Buffer, number: number, format: PageFormat, pointers: Buffer | null): Gap | null => {
  if (standsApart(number, format)) return null
  const gap = gapAsOfTree(page, number, format)
  const said = saidOfTree(number, format, pointers)
  if (said === null || said === (gap !== null)) return gap
  if (!said && format.isHuge) return null
  throw new Error(`page ${number} of the database is not what it is said to be elsewhere in it: it is damaged`)
}
