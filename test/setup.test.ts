import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, copyFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { installed } from './support/installed.ts'
import { newDirectory } from './support/newDirectory.ts'
import { untilTrue } from './support/patience.ts'
import { own } from './support/service/children.ts'

/** Stands in for npm: an install takes until there is a file `go`, and is spoilt by another one that is begun meanwhile. */
const NPM = `#!/bin/sh
case $1 in
  ls) test -e complete ;;
  ci) echo ci >> calls; mkdir busy || exit 1; while [ ! -e go ]; do sleep 0.05; done; rmdir busy ;;
  rebuild) echo rebuild >> calls; touch complete ;;
esac
`

const begun = (folder: string, words: readonly string[] = []) => {
  const child = own(
    spawn('sh', [join(folder, 'setup.sh'), ...words], {
      stdio: ['ignore', 'pipe', 'inherit'],
      env: { PATH: `${folder}:${process.env['PATH']}` },
    }),
  )
  let said = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })
  const ended = once(child, 'close').then(([code]) => ({ code, said }))
  return { ended, said: () => said }
}

const folderWithNpm = (): string => {
  const folder = newDirectory()
  for (const name of ['setup.sh', 'package.json'])
    copyFileSync(fileURLToPath(new URL(`../${name}`, import.meta.url)), join(folder, name))
  writeFileSync(join(folder, 'npm'), NPM)
  chmodSync(join(folder, 'npm'), 0o755)
  return folder
}

describe('the packages', () => {
  it('are installed once where two commands are begun at once: the second waits, says so, and finds them', async function () {
    if (installed('flock', 'util-linux', 'two installs were not begun at once') === null) return this.skip()
    for (const words of [[], ['--omit=dev']]) {
      const folder = folderWithNpm()
      const calls = (): string => (existsSync(join(folder, 'calls')) ? readFileSync(join(folder, 'calls'), 'utf8') : '')
      const first = begun(folder, words)
      await untilTrue('it installs', () => calls() === 'ci\n')
      const second = begun(folder, words)
      await untilTrue('the second waits', () => second.said() !== '')
      writeFileSync(join(folder, 'go'), '')
      expect(await first.ended).to.deep.equal({ code: 0, said: 'Installing the packages (about a minute)...\n' })
      expect(await second.ended).to.deep.equal({
        code: 0,
        said: 'Another command installs the packages: this one waits for it...\n',
      })
      expect(calls()).to.equal('ci\nrebuild\n')
    }
  })

  it('are not waited for, and nothing is said, where they are there', async () => {
    const folder = folderWithNpm()
    writeFileSync(join(folder, 'complete'), '')
    const both = await Promise.all([begun(folder).ended, begun(folder).ended])
    expect(both).to.deep.equal(Array(2).fill({ code: 0, said: '' }))
  })
})
