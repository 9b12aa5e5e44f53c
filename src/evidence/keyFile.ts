import { createPrivateKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'
import { opening } from '../files/opening.ts'

// What signs is two private keys in one file of PKCS #8 in PEM: an Ed25519 key and, for the time after quantum computers, an
// ML-DSA-44 key.

const PEM = /-----BEGIN PRIVATE KEY-----[\s\S]+?-----END PRIVATE KEY-----/g

/** Makes one, readable to its owner alone. Throws where the file is there: a key that is lost cannot be made again. */
export const makeKeyFile = (file: string): void => {
  const keys = [generateKeyPairSync('ed25519'), generateKeyPairSync('ml-dsa-44')]
  const text = keys.map(({ privateKey }) => privateKey.export({ format: 'pem', type: 'pkcs8' })).join('')
  const directory = dirname(file)
  if (!existsSync(directory)) throw new Error(`there is no directory ${directory} for a key`)
  const opened = openSync(file, 'wx', 0o600)
  try {
    writeSync(opened, text)
    fsyncSync(opened)
  } finally {
    closeSync(opened)
  }
}

const keyOf = (keys: readonly KeyObject[], type: string): KeyObject | undefined =>
  keys.find(({ asymmetricKeyType }) => asymmetricKeyType === type)

const readKeys = (file: string): readonly KeyObject[] => {
  const text = opening({ what: 'the key file', file }, () => readFileSync(file, 'utf8'))
  try {
    return [...text.matchAll(PEM)].map(([pem]) => createPrivateKey(pem))
  } catch {
    throw new Error(`${file} holds a private key that cannot be read`)
  }
}

/** The two keys of a file. Throws an `Error` that says what is wrong with it. */
export const readKeyFile = (file: string): { readonly ed25519: KeyObject; readonly mlDsa: KeyObject } => {
  const keys = readKeys(file)
  const [ed25519, mlDsa] = [keyOf(keys, 'ed25519'), keyOf(keys, 'ml-dsa-44')]
  if (ed25519 === undefined || mlDsa === undefined || keys.length !== 2) {
    throw new Error(`${file} is no file of keys: expected an Ed25519 and an ML-DSA-44 private key`)
  }
  return { ed25519, mlDsa }
}
