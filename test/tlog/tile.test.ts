import { expect } from 'chai'
import fc from 'fast-check'
import { parseTilePath, type Tile, tilePath } from '../../src/tlog/tile.ts'

const tiles: fc.Arbitrary<Tile> = fc.record({
  level: fc.integer({ min: 0, max: 63 }),
  n: fc.oneof(fc.nat(2_000_000), fc.maxSafeNat()),
  width: fc.integer({ min: 1, max: 256 }),
})

describe('the path of a tile', () => {
  it('is the one of the examples of the specification', () => {
    // C2SP tlog-tiles, "Merkle Tree" and "Partial Tiles": a tree of 70,000 leaves has these among others.
    expect(tilePath({ level: 0, n: 1_234_067, width: 256 })).to.equal('0/x001/x234/067')
    expect(tilePath({ level: 0, n: 273, width: 112 })).to.equal('0/273.p/112')
    expect(tilePath({ level: 1, n: 1, width: 17 })).to.equal('1/001.p/17')
    expect(tilePath({ level: 2, n: 0, width: 1 })).to.equal('2/000.p/1')
  })

  it('is read as it was written', () => {
    fc.assert(
      fc.property(tiles, (tile) => {
        expect(parseTilePath(tilePath(tile))).to.deep.equal(tile)
      }),
    )
  })

  it('has one spelling, and is none in any other', () => {
    const others = [
      '0 0/ /0/000 0/000/ 0/0 0/00 0/1000 0/x000 0/001/234 0/x000/000 0/x001/x234 00/000 64/000 -1/000 8/0/000',
      '0/000.p/ 0/000.p/0 0/000.p/01 0/000.p/256 0/000.p/257 0/000.p/1000 0/000.P/1 0/000.p/1/2 0/../000 0/٠٠٠',
      'entries/000 data/000 0/x999/x999/x999/x999/x999/999',
    ].flatMap((paths) => paths.split(' '))
    for (const path of [...others, '', ' 0/000', '0/000\n']) expect(parseTilePath(path), path).to.equal(null)
    fc.assert(
      fc.property(tiles, fc.nat(), fc.string({ minLength: 1, maxLength: 1 }), (tile, at, character) => {
        const path = tilePath(tile)
        const place = at % (path.length + 1)
        const other = path.slice(0, place) + character + path.slice(place + 1)
        const read = parseTilePath(other)
        expect(read === null || tilePath(read) === other).to.equal(true)
      }),
    )
  })
})
