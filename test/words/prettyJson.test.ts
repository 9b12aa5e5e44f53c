import { expect } from 'chai'
import fc from 'fast-check'
import { canonicalise } from '../../src/webhooks/canonicalJson.ts'
import { prettyJson } from '../../src/words/prettyJson.ts'

describe('a JSON text that is laid out', () => {
  it('has a member to a line', () => {
    expect(prettyJson('{"a":[1,{"b":"x, y: {z}"}],"c":{},"d":[ ],"e":null}')).to.equal(
      '{\n  "a": [\n    1,\n    {\n      "b": "x, y: {z}"\n    }\n  ],\n  "c": {},\n  "d": [],\n  "e": null\n}',
    )
  })

  it('keeps each token as it came', () => {
    const text = '{"n":0.00,"big":12345678901234567890123,"2":1,"1":2,"1":3,"s":"\\u00e9\\/é\\"\\\\"}'
    expect(canonicalise(prettyJson(text))).to.equal(canonicalise(text))
    expect(prettyJson(text))
      .to.include('0.00')
      .and.to.include('12345678901234567890123')
      .and.to.include('\\u00e9\\/é\\"')
  })

  it('keeps the tokens of every JSON text', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        const laidOut = prettyJson(text)
        expect(canonicalise(laidOut)).to.equal(canonicalise(text))
        expect(prettyJson(laidOut)).to.equal(laidOut)
      }),
    )
  })

  it('is given back as it is where it is no JSON', () => {
    for (const text of ['', '"', '{"a":', '{a: 1}', 'x', '[1,]']) expect(prettyJson(text)).to.equal(text)
  })

  it('is given back as it is where it is too long to be read', () => {
    const wide = (members: number): string => `${'['.repeat(31)}1${',1'.repeat(members)}${']'.repeat(31)}`
    expect(prettyJson(wide(200_000))).to.equal(wide(200_000))
    expect(prettyJson(wide(100_000)).length).to.be.within(1_000_000, 8_000_000)
  })

  it('is not wider by depth than by what it holds', () => {
    const deep = `${'['.repeat(5000)}1,2${']'.repeat(5000)}`
    const laidOut = prettyJson(deep)
    expect(canonicalise(laidOut)).to.equal(deep)
    expect(laidOut.length).to.be.lessThan(deep.length + 5000)
  })
})
