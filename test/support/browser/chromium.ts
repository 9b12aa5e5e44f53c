import { execFile } from 'node:child_process'
import { existsSync, lstatSync, mkdtempSync, readFileSync } from 'node:fs'
import { rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

const ROOT = fileURLToPath(new URL('../../../', import.meta.url))
const PACKAGE = join(ROOT, 'node_modules/@sparticuz/chromium/package.json')

/** What the package looks for before it unpacks the libraries that a bare system lacks (NSS, NSPR, expat) beside its Chromium. */
const WITH_LIBRARIES = 'AWS_Lambda_nodejs22.x'
/** It unpacks into the temporary folder of the process, and takes what is half unpacked there for whole. */
const UNPACK = `await (await import('@sparticuz/chromium')).default.executablePath()`

/** Only the fonts of the package: pages look the same on every machine. */
const fontsOf = (folder: string): string =>
  `<?xml version="1.0"?><fontconfig><dir>${folder}/fonts/fonts</dir><cachedir>${folder}/fonts-cache</cachedir></fontconfig>\n`

/** Of several processes that unpack at once the first one's is kept; what is there is whole. */
const unpackInto = async (folder: string): Promise<void> => {
  const partial = mkdtempSync(`${folder}.`)
  try {
    const env = { PATH: process.env['PATH'], TMPDIR: partial, AWS_EXECUTION_ENV: WITH_LIBRARIES }
    await promisify(execFile)(process.execPath, ['--input-type=module', '-e', UNPACK], { cwd: ROOT, env })
    await writeFile(join(partial, 'fonts', 'fonts.conf'), fontsOf(folder))
    await rename(partial, folder)
  } catch (error) {
    if (!existsSync(folder)) throw error
  } finally {
    await rm(partial, { recursive: true, force: true })
  }
}

/** How a browser is started. */
interface Chromium {
  readonly executablePath: string
  readonly env: Readonly<Record<string, string>>
}

/**
 * The Chromium of the package, unpacked once on a machine (200 MB in the folder for temporary files, two seconds); it needs no more
 * of the system than glibc and libgcc. `CHROMIUM` names another one, for systems that the package has none for.
 */
export const chromium = async (): Promise<Chromium> => {
  const another = process.env['CHROMIUM']
  if (another) return { executablePath: another, env: { PATH: process.env['PATH'] ?? '' } }
  const { version } = JSON.parse(readFileSync(PACKAGE, 'utf8')) as { readonly version: string }
  const { uid } = userInfo()
  const folder = join(tmpdir(), `kyc-ledger-chromium-${version}-${uid}`)
  if (!existsSync(folder)) await unpackInto(folder)
  if (lstatSync(folder).uid !== uid) throw new Error(`${folder} is somebody else's: it must not be run`)
  return {
    executablePath: join(folder, 'chromium'),
    env: {
      PATH: process.env['PATH'] ?? '',
      HOME: folder,
      LD_LIBRARY_PATH: join(folder, 'al2023', 'lib'),
      FONTCONFIG_PATH: join(folder, 'fonts'),
    },
  }
}
