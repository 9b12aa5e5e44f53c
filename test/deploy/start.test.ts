import { readFileSync } from 'node:fs'
import { expect } from 'chai'

const read = (file: string): string => readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8')

/** The words between `node` and the file of the service. */
const optionsIn = (text: string): readonly string[] =>
  (/node["', ]+((?:--\S+?["', ]+)*)src\/main\.ts/.exec(text)?.[1] ?? '').match(/--[a-z-]+(?:=\d+)?/g) ?? []

describe('the service', () => {
  const started = {
    npm: (JSON.parse(read('package.json')) as { readonly scripts: { readonly start: string } }).scripts.start,
    systemd: read('deploy/systemd/kyc-ledger.service')
      .split('\n')
      .filter((line) => /^(ExecStart|Environment)=/.test(line))
      .join('\n'),
    image: read('Dockerfile')
      .split('\n')
      .filter((line) => /^(CMD|ENV)/.test(line))
      .join('\n'),
  }
  for (const [by, text] of Object.entries(started)) {
    it(`is started by ${by} with what keeps its memory small`, () => {
      expect(optionsIn(text)).to.deep.equal(['--max-semi-space-size=16', '--heap-growing-percent=50', '--expose-gc'])
      expect(text)
        .to.match(/MALLOC_ARENA_MAX=(\$\{MALLOC_ARENA_MAX:-)?2\b/)
        .and.to.match(/MALLOC_MMAP_THRESHOLD_=(\$\{MALLOC_MMAP_THRESHOLD_:-)?1048576\b/)
        .and.to.match(/MALLOC_TRIM_THRESHOLD_=(\$\{MALLOC_TRIM_THRESHOLD_:-)?1048576\b/)
        .and.to.include('NODE_COMPILE_CACHE=')
    })
  }

  it('finds in the image what Node has made of the source with the same settings', () => {
    const dockerfile = read('Dockerfile')
    expect(dockerfile).to.include('for settings in "--heap-growing-percent=50 --expose-gc" --no-expose-gc; do')
    expect(dockerfile).to.include('node $settings "$file" --loaded')
  })
})
