import { expect } from 'chai'
import { formatOf, gapOf, type PageFormat, pointersOf } from '../../src/sqlite/pageGaps.ts'

const FORMAT: PageFormat = { pageSize: 1024, usable: 1000, hasPointerMap: true }
const [INTERIOR_INDEX, INTERIOR_TABLE, LEAF_INDEX, LEAF_TABLE] = [2, 5, 10, 13] as const
/** Of pages of this size these know what those behind them are, and by one locks are taken. */
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

/** A page of pointers: of these kinds are the pages behind it. */
const pointers = (...kinds: readonly number[]): Buffer => {
  const bytes = Buffer.alloc(FORMAT.pageSize)
  for (const [index, kind] of kinds.entries()) bytes[5 * index] = kind
  return bytes
}

describe('what a page of a database holds where no row stands', () => {
  it('lies between the pointers to its rows and the first of these', () => {
    for (const kind of [LEAF_INDEX, LEAF_TABLE])
      expect(gapOf(page(kind, [900, 800]), 3, FORMAT, null)).to.deep.equal({ from: 12, to: 800 })
    for (const kind of [INTERIOR_INDEX, INTERIOR_TABLE])
      expect(gapOf(page(kind, [900, 800]), 3, FORMAT, null)).to.deep.equal({ from: 16, to: 800 })
    expect(gapOf(page(LEAF_TABLE, [900], { header: 100 }), 1, FORMAT, null)).to.deep.equal({ from: 110, to: 900 })
    expect(gapOf(page(LEAF_TABLE, [], { content: 1000 }), 3, FORMAT, null)).to.deep.equal({ from: 8, to: 1000 })
  })

  it('is known of the pages alone that their page of pointers knows as pages of a tree, and of the first', () => {
    const [ROOT, FREE, REST, MORE, TREE] = [1, 2, 3, 4, 5] as const
    const known = pointers(ROOT, FREE, REST, MORE, TREE)
    const isKnown = (number: number) => gapOf(page(LEAF_TABLE, [900]), number, FORMAT, known) !== null
    expect([3, 4, 5, 6, 7, 8].map(isKnown)).to.deep.equal([true, false, false, false, true, false])
    expect([POINTERS, NEXT_POINTERS].map(isKnown)).to.deep.equal([false, false])
    expect(gapOf(page(LEAF_TABLE, [900], { header: 100 }), 1, FORMAT, pointers())).to.not.equal(null)
    expect([3, POINTERS + 200].map((number) => pointersOf(number, FORMAT))).to.deep.equal([POINTERS, POINTERS])
    expect([0, 1, 200].map((more) => pointersOf(NEXT_POINTERS + more, FORMAT))).to.deep.equal(
      Array(3).fill(NEXT_POINTERS),
    )
    // Where locks are taken stand no pointers: they are on the next page then.
    const whole = { ...FORMAT, usable: 1024 }
    expect([0, 1, 2].map((more) => pointersOf(LOCKED + more, whole))).to.deep.equal(Array(3).fill(LOCKED + 1))
  })

  it('is not known of the page by which locks are taken, nor of those of no tree', () => {
    expect(gapOf(page(LEAF_TABLE, [900]), LOCKED, FORMAT, null)).to.equal(null)
    expect(gapOf(page(LEAF_TABLE, [900]), LOCKED + 1, FORMAT, null)).to.not.equal(null)
    expect(gapOf(page(0, [900]), 3, FORMAT, null)).to.equal(null)
  })

  it('is not known of one that makes no sense', () => {
    const strange = [
      page(LEAF_TABLE, [900, 700], { content: 800 }),
      page(LEAF_TABLE, [1000], { content: 800 }),
      page(LEAF_TABLE, [], { content: 1001 }),
      page(LEAF_TABLE, [], { content: 7 }),
      page(LEAF_TABLE, [], { content: 0 }),
    ]
    for (const [index, bytes] of strange.entries()) expect(gapOf(bytes, 3, FORMAT, null), `${index}`).to.equal(null)
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
