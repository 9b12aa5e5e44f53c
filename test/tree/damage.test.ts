import { mkdirSync, readFileSync, renameSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { expect } from 'chai'
import fc from 'fast-check'
import type { Hash } from '../../src/tlog/hash.ts'
import { rootHash } from '../../src/tlog/tree.ts'
import { openTree } from '../../src/tree/openTree.ts'
import { openTreeReader } from '../../src/tree/openTreeReader.ts'
import { isTreeDamaged } from '../../src/tree/treeDamaged.ts'
import type { TreeReader } from '../../src/tree/treeReader.ts'
import { newDirectory } from '../support/newDirectory.ts'
import { filesOf, grow, IDENTITY, leafAt, leavesOf, positionAt, rootOf } from '../support/tree/trees.ts'

const SIZE = 700

const directory = join(newDirectory(), 'tree')
before(() => {
  const tree = openTree(directory, IDENTITY)
  grow(tree, SIZE)
  tree.save()
})

const FILES = ['head', 'positions', 'tile/0/000', 'tile/0/001', 'tile/0/002', 'tile/1/000']
/** What is looked at when the tree is opened: all but full tiles. */
const EDGE = ['head', 'positions', 'tile/0/002', 'tile/1/000']

/** What is asked of a reader, and all that it may give. */
const QUESTIONS: readonly { readonly ask: (reader: TreeReader) => unknown; readonly answer: () => unknown }[] = [
  ...[0, 1, 2].map((n) => {
    const width = Math.min(256, SIZE - 256 * n)
    return {
      ask: (reader: TreeReader) => reader.tile({ level: 0, n, width })?.toString('hex'),
      answer: () => leavesOf(256 * n, 256 * n + width).toString('hex'),
    }
  }),
  { ask: (reader) => rootHash(SIZE, reader.subtree).toString('hex'), answer: () => rootOf(SIZE).toString('hex') },
  { ask: (reader) => rootHash(300, reader.subtree).toString('hex'), answer: () => rootOf(300).toString('hex') },
  ...[3, 300, 699].map((index) => ({
    ask: (reader: TreeReader) => reader.indexOf(positionAt(index), leafAt(index)),
    answer: () => index,
  })),
  { ask: (reader) => reader.reaches(positionAt(SIZE - 1)), answer: () => true },
  { ask: (reader) => reader.reaches(positionAt(SIZE)), answer: () => false },
]

/** What damage makes of a question: the right answer, or the error that says so. Anything else fails. */
const asked = (reader: TreeReader): readonly ('right' | 'damaged')[] =>
  QUESTIONS.map(({ ask, answer }) => {
    try {
      expect(ask(reader)).to.equal(answer())
      return 'right'
    } catch (error) {
      if (isTreeDamaged(error)) return 'damaged'
      throw error
    }
  })

/** Damages one file of a copy that stands for it until `then` was run. */
const withDamage = (file: string, damage: (path: string) => void, then: () => void): void => {
  const path = join(directory, file)
  const kept = `${path}.kept`
  renameSync(path, kept)
  try {
    writeFileSync(path, readFileSync(kept))
    damage(path)
    then()
  } finally {
    rmSync(path, { recursive: true, force: true })
    renameSync(kept, path)
  }
}

const flip = (at: number, bit: number) => (path: string) => {
  const bytes = readFileSync(path)
  bytes[at % bytes.length] = (bytes[at % bytes.length] as number) ^ (1 << bit)
  writeFileSync(path, bytes)
}

describe('damage to the files of the tree', () => {
  it('is nowhere in those that are as they were written', () => {
    expect(filesOf(directory).map((file) => relative(directory, file))).to.deep.equal(FILES)
    expect(asked(openTreeReader(directory))).to.deep.equal(QUESTIONS.map(() => 'right'))
  })

  it('is told by whoever reads it, at any bit, and never handed on', () => {
    fc.assert(
      fc.property(fc.constantFrom(...FILES), fc.nat(), fc.nat(7), (file, at, bit) => {
        withDamage(file, flip(at, bit), () => expect(asked(openTreeReader(directory))).to.include('damaged'))
      }),
      { numRuns: 300 },
    )
  })

  it('is told by whoever reads it, where a file is cut short, gone or a directory', () => {
    for (const file of FILES) {
      const { size } = statSync(join(directory, file))
      const shorter = [0, 1, Math.floor(size / 2), size - 1].map((to) => (path: string) => truncateSync(path, to))
      const gone = (path: string) => rmSync(path)
      const other = (path: string) => {
        rmSync(path)
        mkdirSync(path)
      }
      for (const damage of [...shorter, other, ...(file === 'head' ? [] : [gone])]) {
        withDamage(file, damage, () => expect(asked(openTreeReader(directory))).to.include('damaged'))
      }
    }
  })

  it('is told again each time, and is over once the file is what it was', () => {
    const reader = openTreeReader(directory)
    withDamage('tile/0/002', flip(9, 3), () => {
      expect(asked(reader)).to.deep.equal(QUESTIONS.map(() => 'damaged'))
      expect(asked(reader)).to.deep.equal(QUESTIONS.map(() => 'damaged'))
    })
    expect(asked(reader)).to.deep.equal(QUESTIONS.map(() => 'right'))
  })

  it('at the right edge makes the tree begin anew when it is opened to be added to', () => {
    for (const file of EDGE) {
      const copy = join(newDirectory(), 'tree')
      const tree = openTree(copy, IDENTITY)
      grow(tree, SIZE)
      tree.save()
      flip(11, 2)(join(copy, file))
      const again = openTree(copy, IDENTITY)
      expect([file, again.found, again.size(), filesOf(copy)]).to.deep.equal([file, 'damaged', 0, []])
      grow(again, SIZE)
      again.save()
      expect(asked(openTreeReader(copy))).to.deep.equal(QUESTIONS.map(() => 'right'))
    }
  })

  it('behind the right edge is told by whoever adds to it, who can throw it away', () => {
    const copy = join(newDirectory(), 'tree')
    const first = openTree(copy, IDENTITY)
    grow(first, SIZE)
    first.save()
    flip(11, 2)(join(copy, 'tile/0/001'))
    const tree = openTree(copy, IDENTITY)
    expect(tree.found).to.equal('saved')
    expect(tree.rootAt(SIZE).equals(rootOf(SIZE))).to.equal(true)
    let thrown: unknown
    try {
      tree.rootAt(300)
    } catch (error) {
      thrown = error
    }
    expect(isTreeDamaged(thrown)).to.equal(true)
    tree.clear()
    grow(tree, SIZE)
    tree.save()
    const root: Hash = tree.rootAt(300)
    expect(root.equals(rootOf(300))).to.equal(true)
    expect(asked(openTreeReader(copy))).to.deep.equal(QUESTIONS.map(() => 'right'))
  })
})
