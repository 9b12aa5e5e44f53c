import { expect } from 'chai'
import { formatOf, gapOf, type PageFormat, pointersOf } from '../../src/sqlite/pageGaps.ts'

const FORMAT: PageFormat = { pageSize: 1024, usable: 1000, hasPointerMap: true, isHuge: false }
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
    const isKnown = (bytes: Buffer, format: PageFormat) => (number: number) => {
      try {
        return gapOf(bytes, number, format, known) !== null
      } catch {
        return 'refused'
      }
    }
    const [tree, other] = [page(LEAF_TABLE, [900]), page(0, [900])] as const
    const numbers = [3, 4, 5, 6, 7, 8, POINTERS, NEXT_POINTERS] as const
    const no = false
    const but = 'refused'
    expect(numbers.map(isKnown(tree, FORMAT))).to.deep.equal([true, but, but, but, true, but, no, no])
    expect(numbers.map(isKnown(other, FORMAT))).to.deep.equal([but, no, no, no, but, no, no, no])
    // Where the number of a page may look like what a page of a tree begins with.
    const huge = { ...FORMAT, isHuge: true }
    expect(numbers.map(isKnown(tree, huge))).to.deep.equal([true, no, no, no, true, no, no, no])
    expect(numbers.map(isKnown(other, huge))).to.deep.equal([but, no, no, no, but, no, no, no])
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
    expect(gapOf(page(LEAF_TABLE, [900]), LOCKED, FORMAT, pointers(...Array(9).fill(5)))).to.equal(null)
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

  it('is told by the first page: its size, what is reserved of it, and whether there are pointers; and by how many bytes there are', () => {
    const first = Buffer.alloc(512)
    first.writeUInt16BE(4096, 16)
    const small = { pageSize: 4096, usable: 4096, hasPointerMap: false, isHuge: false }
    const huge = 0x0200_0000 * 4096
    expect(formatOf(first, huge - 4096)).to.deep.equal(small)
    expect(formatOf(first, huge)).to.deep.equal({ ...small, isHuge: true })
    first.writeUInt16BE(1, 16)
    first[20] = 8
    first.writeUInt32BE(3, 52)
    expect(formatOf(first, huge)).to.deep.equal({
      pageSize: 65_536,
      usable: 65_528,
      hasPointerMap: true,
      isHuge: false,
    })
  })
})
