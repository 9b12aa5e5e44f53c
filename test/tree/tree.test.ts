import { mkdirSync, readFileSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'
import { expect } from 'chai'
import { GrowingTree } from '../../src/tlog/growingTree.ts'
import type { Hash } from '../../src/tlog/hash.ts'
import { consistencyProof, inclusionProof, rootHash } from '../../src/tlog/tree.ts'
import { isConsistent, isIncluded } from '../../src/tlog/verifyProof.ts'
import { openTree } from '../../src/tree/openTree.ts'
import { openTreeReader } from '../../src/tree/openTreeReader.ts'
import { newDirectory } from '../support/newDirectory.ts'
import { filesOf, grow, IDENTITY, leafAt, placeAt, positionAt } from '../support/tree/trees.ts'

/** The roots of the log's tree at each size up to `size`, without any file. */
const rootsUpTo = (size: number): readonly Hash[] => {
  const tree = new GrowingTree()
  return Array.from({ length: size + 1 }, (_, index) => {
    const root = tree.root()
    tree.add(leafAt(index))
    return root
  })
}

const SIZE = 70_000
const roots = rootsUpTo(SIZE)
const rootOf = (size: number): Hash => roots[size] as Hash

/** A reader looks at the head of the tree once before it lets go of its thread. */
const later = (): Promise<void> => Promise.resolve()

const inTree = (): string => join(newDirectory(), 'tree')

describe('the tree over a log, on disk', () => {
  it('has the root of its leaves at every size, saved or not, and after it was opened again', () => {
    const directory = inTree()
    let tree = openTree(directory, IDENTITY)
    expect([tree.found, tree.size(), tree.last()]).to.deep.equal(['none', 0, null])
    for (const size of [0, 1, 2, 255, 256, 257, 511, 512, 1000, 1000, 65_535, 65_536, 65_537, SIZE]) {
      grow(tree, size)
      expect(tree.rootAt(size).equals(rootOf(size)), `root at ${size}`).to.equal(true)
      tree.save()
      grow(tree, Math.min(size + 3, SIZE))
      tree.close()
      tree = openTree(directory, IDENTITY)
      expect([tree.size(), tree.last()]).to.deep.equal([size, size === 0 ? null : placeAt(size - 1)])
      expect(tree.rootAt(size).equals(rootOf(size)), `root at ${size}, opened again`).to.equal(true)
    }
    for (let size = 0; size <= SIZE; size += 997) expect(tree.rootAt(size).equals(rootOf(size))).to.equal(true)
    expect(() => tree.rootAt(SIZE + 1)).to.throw(RangeError)
  })

  it('lies in files of its owner alone, tile by tile, with less than 64 bytes for a leaf', () => {
    const directory = inTree()
    const tree = openTree(directory, IDENTITY)
    grow(tree, SIZE)
    tree.save()
    const files = filesOf(directory)
    const names = files.map((file) => relative(directory, file))
    expect(names).to.include.members(['head', 'positions', 'tile/0/000', 'tile/0/273', 'tile/1/001', 'tile/2/000'])
    expect(names).to.have.length(2 + 274 + 2 + 1)
    expect(files.filter((file) => (statSync(file).mode & 0o777) !== 0o600)).to.deep.equal([])
    expect(statSync(join(directory, 'tile/0')).mode & 0o777).to.equal(0o700)
    expect(files.reduce((bytes, file) => bytes + statSync(file).size, 0) / SIZE).to.be.lessThan(64)
    expect(readFileSync(join(directory, 'positions'), 'utf8').split('\n')[2]).to.equal(positionAt(512))
  })

  it('is the same in all files but its head whatever it was saved at', () => {
    const [often, once] = [inTree(), inTree()]
    const tree = openTree(often, IDENTITY)
    for (let size = 0; size < 3000; size += 77) {
      grow(tree, size)
      tree.save()
    }
    for (const directory of [often, once]) {
      const whole = openTree(directory, IDENTITY)
      grow(whole, 3000)
      whole.save()
    }
    const withoutHead = (directory: string) =>
      filesOf(directory)
        .map((file) => [relative(directory, file), readFileSync(file, 'hex')])
        .filter(([name]) => name !== 'head')
    expect(withoutHead(often)).to.deep.equal(withoutHead(once))
  })

  it('begins empty under another identity, and when it is cleared', () => {
    for (const other of [{ logId: 'another' }, { generation: 1 }, { losses: 1 }]) {
      const directory = inTree()
      const tree = openTree(directory, IDENTITY)
      grow(tree, 600)
      tree.save()
      const opened = openTree(directory, { ...IDENTITY, ...other })
      expect([opened.found, opened.size(), opened.last()]).to.deep.equal(['of another log', 0, null])
      expect(filesOf(directory)).to.deep.equal([])
      grow(opened, 300)
      opened.save()
      opened.clear()
      expect([opened.size(), filesOf(directory)]).to.deep.equal([0, []])
      grow(opened, 3)
      opened.save()
      expect(opened.rootAt(3).equals(rootOf(3))).to.equal(true)
    }
  })
})

describe('a reader of the tree', () => {
  it('sees what was saved, and goes on when more is', async () => {
    const directory = inTree()
    const reader = openTreeReader(directory)
    expect(reader.tile({ level: 0, n: 0, width: 1 })).to.equal(null)
    const tree = openTree(directory, IDENTITY)
    for (const size of [1, 300, 65_536, SIZE]) {
      grow(tree, size)
      const before = reader.reaches(positionAt(size - 1))
      tree.save()
      await later()
      expect([before, reader.reaches(positionAt(size - 1)), reader.reaches(positionAt(size))]).to.deep.equal([
        false,
        true,
        false,
      ])
      expect(rootHash(size, reader.subtree).equals(rootOf(size)), `root at ${size}`).to.equal(true)
    }
    expect(() => reader.subtree(0, SIZE)).to.throw(RangeError)
  })

  it('gives proofs that lead to the root, of any leaf and any size', () => {
    const directory = inTree()
    const tree = openTree(directory, IDENTITY)
    grow(tree, SIZE)
    tree.save()
    const reader = openTreeReader(directory)
    const head = (size: number) => ({ size, root: rootOf(size) })
    for (let index = 0; index < SIZE; index += 499) {
      const size = Math.min(SIZE, index + 1 + ((index * 7) % 5000))
      for (const { subtree } of [reader, tree]) {
        expect(isIncluded(leafAt(index), index, head(size), inclusionProof(index, size, subtree))).to.equal(true)
        expect(isConsistent(head(index), head(size), consistencyProof(index, size, subtree))).to.equal(true)
      }
    }
  })

  it('knows the index of a leaf by the position of its event, and of no other leaf', () => {
    const directory = inTree()
    mkdirSync(directory)
    const tree = openTree(directory, IDENTITY)
    grow(tree, 1000)
    tree.save()
    grow(tree, 1100)
    const reader = openTreeReader(directory)
    for (let index = 0; index < 1000; index++) expect(reader.indexOf(positionAt(index), leafAt(index))).to.equal(index)
    expect(reader.indexOf(positionAt(1000), leafAt(1000))).to.equal(null)
    expect(tree.indexOf(positionAt(1000), leafAt(1000))).to.equal(1000)
    expect(reader.indexOf(positionAt(5), leafAt(600))).to.equal(null)
    expect(reader.indexOf('0000000000000000', leafAt(0))).to.equal(null)
  })

  it('gives tiles as far as the tree goes', () => {
    const directory = inTree()
    const tree = openTree(directory, IDENTITY)
    grow(tree, SIZE)
    tree.save()
    const reader = openTreeReader(directory)
    const leaves = (from: number, to: number) =>
      Buffer.concat(Array.from({ length: to - from }, (_, i) => leafAt(from + i)))
    expect(reader.tile({ level: 0, n: 3, width: 256 })).to.deep.equal(leaves(768, 1024))
    expect(reader.tile({ level: 0, n: 273, width: 100 })).to.deep.equal(leaves(69_888, 69_988))
    expect(reader.tile({ level: 1, n: 1, width: 17 })?.length).to.equal(17 * 32)
    expect(reader.tile({ level: 2, n: 0, width: 1 })?.equals(rootOf(65_536))).to.equal(true)
    for (const beyond of [
      { level: 0, n: 273, width: 113 },
      { level: 0, n: 274, width: 1 },
      { level: 1, n: 1, width: 18 },
      { level: 2, n: 0, width: 2 },
      { level: 3, n: 0, width: 1 },
      { level: 63, n: 0, width: 1 },
    ]) {
      expect(reader.tile(beyond), JSON.stringify(beyond)).to.equal(null)
    }
  })

  it('follows a tree that is thrown away and begun anew', async () => {
    const directory = inTree()
    const tree = openTree(directory, IDENTITY)
    grow(tree, 600)
    tree.save()
    const reader = openTreeReader(directory)
    expect(reader.tile({ level: 0, n: 1, width: 256 })?.subarray(0, 32)).to.deep.equal(leafAt(256))
    tree.clear()
    await later()
    expect(reader.tile({ level: 0, n: 1, width: 256 })).to.equal(null)
    for (let index = 0; index < 700; index++) tree.add(leafAt(index + 1), placeAt(index))
    tree.save()
    await later()
    expect(reader.tile({ level: 0, n: 1, width: 256 })?.subarray(0, 32)).to.deep.equal(leafAt(257))
    expect(reader.indexOf(positionAt(4), leafAt(4))).to.equal(3)
  })
})
