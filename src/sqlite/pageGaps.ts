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
}

export const formatOf = (firstPage: Buffer): PageFormat => {
  const size = firstPage.readUInt16BE(16)
  const pageSize = size === 1 ? 65_536 : size
  const usable = pageSize - firstPage.readUInt8(20)
  return { pageSize, usable, hasPointerMap: firstPage.readUInt32BE(52) !== 0 }
}

/** The byte by which locks are taken; its page holds nothing (1.4). */
const LOCK_BYTE = 0x4000_0000

const INTERIOR: readonly number[] = [2, 5]
const LEAVES: readonly number[] = [10, 13]

/** Whether a page, numbered from 1, is of those that are no part of a tree wherever they stand. */
const standsApart = (number: number, { pageSize, usable, hasPointerMap }: PageFormat): boolean =>
  number === Math.floor(LOCK_BYTE / pageSize) + 1 ||
  (hasPointerMap && number >= 2 && (number - 2) % (Math.floor(usable / 5) + 1) === 0)

/** How long the header of a page is that stands there; 0 where it is no page of a tree. */
const headerBytes = (kind: number | undefined): number => {
  if (kind === undefined) return 0
  return INTERIOR.includes(kind) ? 12 : LEAVES.includes(kind) ? 8 : 0
}

/**
 * What a page of a table or an index does not use between the pointers to its rows and the rows (1.6). SQLite overwrites a row
 * that is deleted; of one that it had moved to another page before, so as to fill them evenly, it leaves a copy here. Empty of
 * any other page, and of one that makes no sense.
 */
export const gapOf = (page: Buffer, number: number, format: PageFormat): Gap | null => {
  if (standsApart(number, format)) return null
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
