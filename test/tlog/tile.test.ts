import { expect } from 'chai'
import fc from 'fast-check'
import { formatTilePath, parseTilePath, tilesOf } from '../../src/tlog/tile.ts'

describe('the path of a tile', () => {
  for (const [path, tile] of [
    ['0/000', { level: 0, index: 0, width: 256 }],
    ['0/x001/x234/067', { level: 0, index: 1_234_067, width: 256 }],
    ['1/000.p/17', { level: 1, index: 0, width: 17 }],
    ['2/x001/000.p/255', { level: 2, index: 1000, width: 255 }],
  ] as const) {
    it(`${path} is that of tile ${tile.index} of level ${tile.level}, ${tile.width} wide`, () => {
      expect(formatTilePath(tile)).to.equal(path)
      expect(parseTilePath(path)).to.deep.equal(tile)
    })
  }

  it('is read as it was written', () => {
    const tile = fc.record({
      level: fc.integer({ min: 0, max: 63 }),
      index: fc.nat({ max: 2 ** 40 }),
      width: fc.integer({ min: 1, max: 256 }),
    })
    fc.assert(
      fc.property(tile, (one) => {
        expect(parseTilePath(formatTilePath(one))).to.deep.equal(one)
      }),
    )
  })

  it('has one spelling', () => {
    for (const path of [
      '',
      '0',
      '0/0',
      '0/0000',
      '00/000',
      '64/000',
      '0/x000/001',
      '0/001/002',
      '0/000.p/0',
      '0/000.p/256',
      '0/000.p/01',
      '0/../000',
      'entries/000',
    ]) {
      expect(parseTilePath(path), path).to.equal(null)
    }
  })
})

describe('the tiles of a tree', () => {
  it('of 70,000 leaves are those of the example of the specification', () => {
    const tiles = [...tilesOf(70_000)]
    const at = (level: number) => tiles.filter((tile) => tile.level === level)
    expect(at(0)).to.have.length(274)
    expect(at(0).at(-1)).to.deep.equal({ level: 0, index: 273, width: 112 })
    expect(at(1)).to.deep.equal([
      { level: 1, index: 0, width: 256 },
      { level: 1, index: 1, width: 17 },
    ])
    expect(at(2)).to.deep.equal([{ level: 2, index: 0, width: 1 }])
  })

  it('of 256 leaves are a full one and one of width 1 above', () => {
    expect([...tilesOf(256)]).to.deep.equal([
      { level: 0, index: 0, width: 256 },
      { level: 1, index: 0, width: 1 },
    ])
    expect([...tilesOf(0)]).to.deep.equal([])
  })
})
