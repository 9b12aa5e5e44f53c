import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { newDirectory } from '../support/newDirectory.ts'
import { kyc } from '../support/service/kyc.ts'
import { kycHere } from '../support/service/kycHere.ts'

const MAIN = fileURLToPath(new URL('../../src/cli/main.ts', import.meta.url))

const COMMANDS = [
  'send',
  'journal',
  'replay',
  'copy',
  'doctor',
  'clock',
  'backup',
  'restore',
  'retention',
  'erase',
  'hold',
  'reconcile',
  'release',
  'erasures',
]

describe("the operator's commands", () => {
  const directory = newDirectory()

  it('are listed, each of them, to whoever names none or asks for help', async () => {
    for (const words of [[], ['help'], ['--help'], ['-h'], ...COMMANDS.map((command) => [command, '--help'])]) {
      const { code, stdout, stderr } = await kycHere(directory, words)
      expect([code, stderr], words.join(' ')).to.deep.equal([0, ''])
      for (const command of COMMANDS) expect(stdout, words.join(' ')).to.match(new RegExp(`^  ${command} `, 'm'))
    }
  })

  it('end without a word where whoever reads them has gone', () => {
    const nobodyReads = 'mkfifo pipe && exec 3<>pipe 4>pipe 3<&- && "$0" "$1" help >&4'
    const shell = ['-c', nobodyReads, process.execPath, MAIN]
    const { status, stderr } = spawnSync('sh', shell, { cwd: newDirectory(), encoding: 'utf8' })
    expect([status, stderr]).to.deep.equal([141, ''])
  })

  it('end with 2 where they are not understood, say how they are asked, and make nothing', async () => {
    for (const words of [['burn'], ...COMMANDS.map((command) => [command, '--frobnicate'])]) {
      const { code, stdout, stderr } = await kycHere(directory, words)
      expect(code, words.join(' ')).to.equal(2)
      expect(stdout + stderr, words.join(' ')).to.match(/usage: |npm run kyc -- help/)
    }
    expect(await kyc(directory, ['burn'])).to.include({
      code: 2,
      stdout: '',
      stderr: 'there is no command burn: npm run kyc -- help lists them\n',
    })
    expect(readdirSync(directory)).to.be.empty
  })
})
