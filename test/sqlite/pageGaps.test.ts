import { expect } from 'chai'
import { formatOf, gapOf, type PageFormat } from '../../src/sqlite/pageGaps.ts'

const FORMAT: PageFormat = { pageSize: 1024, usable: 1000, hasPointerMap: true }
const [INTERIOR_INDEX, INTERIOR_TABLE, LEAF_INDEX, LEAF_TABLE] = [2, 5, 10, 13] as const
/** Of pages of this size no tree has these: pointers stand there, and locks are taken. */
const [POINTERS, NEXT_POINTERS, LOCKED] = [2, 2 + 1000 / 5 + 1, 1024 * 1024 + 1] as const

/** A page whose rows begin at these places, with its header at `header`. */
const page = (kind: number, rows: readonly number[], { header = 0, content = Math.min(...rows) } = {}): Buffer => {
  const bytes = Buffer.alloc(FORMAT.pageSize)
  bytes[header] = kind
  bytes.writeUInt16BE(rows.length, header + 3)
  bytes.writeUInt16BE(content, header + 5)
  const pointers = header + (kind === INTERIOR_INDEX || kind === INTERIOR_TABLE ? 12 : 8)
  for (const [index, at] of rows.entries()) bytes.writeUInt16BE(at, pointers + 2 * index)
  return bytes
}

describe('what a page of a database holds where no row stands', () => {
  it('lies between the pointers to its rows and the first of these', () => {
    for (const kind of [LEAF_INDEX, LEAF_TABLE])
      expect(gapOf(page(kind, [900, 800]), 3, FORMAT)).to.deep.equal({ from: 12, to: 800 })
    for (const kind of [INTERIOR_INDEX, INTERIOR_TABLE])
      expect(gapOf(page(kind, [900, 800]), 3, FORMAT)).to.deep.equal({ from: 16, to: 800 })
    expect(gapOf(page(LEAF_TABLE, [900], { header: 100 }), 1, FORMAT)).to.deep.equal({ from: 110, to: 900 })
    expect(gapOf(page(LEAF_TABLE, [], { content: 1000 }), 3, FORMAT)).to.deep.equal({ from: 8, to: 1000 })
  })

  it('is not known of pages of pointers, of the one by which locks are taken, nor of those of no tree', () => {
    for (const number of [POINTERS, NEXT_POINTERS, LOCKED])
      expect(gapOf(page(LEAF_TABLE, [900]), number, FORMAT), `page ${number}`).to.equal(null)
    expect(gapOf(page(LEAF_TABLE, [900]), POINTERS, { ...FORMAT, hasPointerMap: false })).to.not.equal(null)
    expect(gapOf(page(0, [900]), 3, FORMAT)).to.equal(null)
  })

  it('is not known of one that makes no sense', () => {
    const strange = [
      page(LEAF_TABLE, [900, 700], { content: 800 }),
      page(LEAF_TABLE, [1000], { content: 800 }),
      page(LEAF_TABLE, [], { content: 1001 }),
      page(LEAF_TABLE, [], { content: 7 }),
      page(LEAF_TABLE, [], { content: 0 }),
    ]
    for (const [index, bytes] of strange.entries()) expect(gapOf(bytes, 3, FORMAT), `${index}`).to.equal(null)
  })

  it('is told by the first page: its size, what is reserved of it, and whether there are pointers', () => {
    const first = Buffer.alloc(512)
    first.writeUInt16BE(4096, 16)
    expect(formatOf(first)).to.deep.equal({ pageSize: 4096, usable: 4096, hasPointerMap: false })
    first.writeUInt16BE(1, 16)
    first[20] = 8
    first.writeUInt32BE(3, 52)
    expect(formatOf(first)).to.deep.equal({ pageSize: 65_536, usable: 65_528, hasPointerMap: true })
  })
})
