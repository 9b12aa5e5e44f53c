import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { drawings, staleDrawings } from './drawings.ts'

const pathOf = (file: string): URL => new URL(`../../${file}`, import.meta.url)

if (process.argv.includes('--check')) {
  for (const file of await staleDrawings((of) => (existsSync(pathOf(of)) ? readFileSync(pathOf(of), 'utf8') : null))) {
    console.error(`${file} is not what the machine draws of itself: run npm run machine`)
    process.exitCode = 1
  }
} else for (const [file, text] of await drawings()) writeFileSync(pathOf(file), text)
