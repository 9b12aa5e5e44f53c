/**
 * A process that adds to the tree of a log, saves it, now and then throws it away, until it is killed:
 * `node growingProcess.ts <directory>`. Says what it does in lines: `open`, `saving` and `saved <size>`, `saving 0` before it clears.
 */
import { randomInt } from 'node:crypto'
import { openTree } from '../../../src/tree/openTree.ts'
import { grow, IDENTITY } from './trees.ts'

const [directory = ''] = process.argv.slice(2)
const say = (line: string): unknown => process.stdout.write(`${line}\n`)

const tree = openTree(directory, IDENTITY)
say(`open ${tree.size()}`)
for (;;) {
  const clears = randomInt(30) === 0
  say(`saving ${clears ? 0 : tree.size() + 1}`)
  if (clears) tree.clear()
  else {
    grow(tree, tree.size() + 1)
    tree.save()
  }
  say(`saved ${tree.size()}`)
  // What is not saved lies in the files nevertheless, as far as it fills a tile.
  const more = randomInt(700)
  say(`saving ${tree.size() + more}`)
  grow(tree, tree.size() + more)
  tree.save()
  say(`saved ${tree.size()}`)
}
