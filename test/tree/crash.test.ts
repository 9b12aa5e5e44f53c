import { randomInt } from 'node:crypto'
import { appendFileSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { openTree } from '../../src/tree/openTree.ts'
import { openTreeReader } from '../../src/tree/openTreeReader.ts'
import type { TreeReader } from '../../src/tree/treeReader.ts'
import { newDirectory } from '../support/newDirectory.ts'
import { run } from '../support/service/talkingProcess.ts'
import { filesOf, grow, IDENTITY, leavesOf, placeAt, rootOf } from '../support/tree/trees.ts'

const GROWING = new URL('../support/tree/growingProcess.ts', import.meta.url)
const ROUNDS = process.env['KYC_LARGE'] === '1' ? 20 : 10

/** What a killed process may have left, by the lines that it has written: what it had saved, or was saving. */
const sizesLeft = (lines: readonly string[], before: number): ReadonlySet<number> => {
  const sizes = new Set([before])
  for (const line of lines) {
    const [did, size] = line.split(' ')
    if (did !== 'saving') sizes.clear()
    sizes.add(Number(size))
  }
  return sizes
}

/** Some tiles that are there, or not: none is another one. */
const lookAt = (reader: TreeReader): void => {
  for (let time = 0; time < 5; time++) {
    const n = randomInt(12)
    const width = 1 + randomInt(256)
    const hashes = reader.tile({ level: 0, n, width })
    expect(hashes === null || hashes.equals(leavesOf(256 * n, 256 * n + width))).to.equal(true)
  }
}

describe('a process that adds to the tree and is killed', () => {
  it(`leaves the tree of its last save, ${ROUNDS} times, and a reader beside it never sees another one`, async () => {
    const directory = join(newDirectory(), 'tree')
    const reader = openTreeReader(directory)
    let size = 0
    for (let round = 0; round < ROUNDS; round++) {
      const growing = run(GROWING, directory)
      const lines: string[] = []
      for (let line = randomInt(20); line >= 0; line--) {
        lines.push((await growing.line()) ?? 'ended')
        lookAt(reader)
      }
      lines.push(...(await growing.kill()))
      const tree = openTree(directory, IDENTITY)
      const left = tree.size()
      expect([...sizesLeft(lines, size)]).to.include(left)
      expect(tree.found).to.equal(left === 0 ? 'none' : 'saved')
      expect(tree.last()).to.deep.equal(left === 0 ? null : placeAt(left - 1))
      expect(tree.rootAt(left).equals(rootOf(left))).to.equal(true)
      for (let index = 0; index < left; index += 256) {
        expect(tree.tile({ level: 0, n: index / 256, width: Math.min(256, left - index) })).to.deep.equal(
          leavesOf(index, Math.min(index + 256, left)),
        )
      }
      tree.close()
      size = left
    }
  })
})

describe('a power cut', () => {
  it('leaves the tree of the last save, whatever lies behind it in the files', () => {
    const directory = join(newDirectory(), 'tree')
    const tree = openTree(directory, IDENTITY)
    grow(tree, 700)
    tree.save()
    for (const file of filesOf(directory)) if (!file.endsWith('head')) appendFileSync(file, 'of what was not saved')
    appendFileSync(join(directory, 'head.next'), 'half of a head')
    const again = openTree(directory, IDENTITY)
    expect([again.found, again.size()]).to.deep.equal(['saved', 700])
    for (const size of [701, 1500]) {
      grow(again, size)
      again.save()
      const reader = openTreeReader(directory)
      for (let index = 0; index < size; index += 256) {
        const width = Math.min(256, size - index)
        expect(reader.tile({ level: 0, n: index / 256, width })).to.deep.equal(leavesOf(index, index + width))
      }
      expect(again.rootAt(size).equals(rootOf(size))).to.equal(true)
    }
  })

  it('that takes tiles which were not waited for is seen when the tree is opened: it begins empty', () => {
    const size = 20_000
    for (const [n, found] of [
      [0, 'saved'],
      [31, 'saved'],
      [32, 'damaged'],
      [77, 'damaged'],
    ] as const) {
      const directory = join(newDirectory(), 'tree')
      const tree = openTree(directory, IDENTITY)
      grow(tree, size)
      tree.save()
      // What was synced a power cut leaves alone.
      truncateSync(join(directory, `tile/0/0${String(n).padStart(2, '0')}`), 0)
      const again = openTree(directory, IDENTITY)
      expect([n, again.found, again.size()]).to.deep.equal([n, found, found === 'saved' ? size : 0])
    }
  })

  it('takes nothing once it was saved often enough', () => {
    const directory = join(newDirectory(), 'tree')
    const tree = openTree(directory, IDENTITY)
    grow(tree, 20_000)
    for (let saves = 0; saves < 3; saves++) tree.save()
    truncateSync(join(directory, 'tile/0/077'), 0)
    expect(openTree(directory, IDENTITY).found).to.equal('saved')
    expect(() => openTreeReader(directory).tile({ level: 0, n: 77, width: 256 })).to.throw('too short')
  })
})
