import { readFileSync, writeFileSync } from 'node:fs'
import { checkDrawing, drawMachine } from './drawMachine.ts'

const FILE = new URL('../../docs/machine.md', import.meta.url)

if (process.argv.includes('--check')) {
  if (!checkDrawing(readFileSync(FILE, 'utf8'))) {
    console.error('docs/machine.md is not what the machine draws of itself: run npm run machine')
    process.exitCode = 1
  }
} else writeFileSync(FILE, drawMachine())
