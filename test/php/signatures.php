<?php
// Random payloads in the shapes of the documented ones, each signed as this PHP writes it and then written in other ways. A line of JSON
// for each: the signature, what was signed, and the other ways with whether PHP itself finds the same tokens in them.
// Usage: php signatures.php <file with a JSON list of payload texts> <secret> <seed> <count>
[, $file, $secret, $seed, $count] = $argv;
mt_srand((int) $seed);
ini_set('serialize_precision', '-1');
$shapes = array_map(fn ($text) => json_decode($text), json_decode(file_get_contents($file)));

function one(array $of) { return $of[mt_rand(0, count($of) - 1)]; }
function chance(int $percent): bool { return mt_rand(1, 100) <= $percent; }

/** A text of characters of every class. */
function text(): string
{
    $out = '';
    for ($left = mt_rand(0, 12); $left > 0; $left--) {
        $out .= match (mt_rand(0, 11)) {
            0, 1, 2, 3 => chr(mt_rand(0x20, 0x7e)),
            4 => one(['"', '\\', '/', '\\/', '</', "'", '&', '<', '>', '//', '\\u0041', '\\\\']),
            5 => chr(mt_rand(0, 0x1f)),
            6 => "\x7f",
            7 => utf8(mt_rand(0x80, 0x2ff)),
            8 => one(["\u{2028}", "\u{2029}", "\u{feff}", "\u{fffd}", "\u{ffff}", "\u{200f}", "\u{202e}", "\u{301}"]),
            9 => utf8(one([mt_rand(0x300, 0xd7ff), mt_rand(0xe000, 0xffff)])),
            10 => utf8(mt_rand(0x10000, 0x10ffff)),
            11 => one(['12', '1.0', '-0', '1e5', '0x1A', ' 12', 'true', 'null']),
        };
    }
    return $out;
}
/** A character by its code point. */
function utf8(int $code): string
{
    if ($code < 0x80) return chr($code);
    if ($code < 0x800) return chr(0xc0 | $code >> 6) . chr(0x80 | $code & 63);
    if ($code < 0x10000) return chr(0xe0 | $code >> 12) . chr(0x80 | $code >> 6 & 63) . chr(0x80 | $code & 63);
    return chr(0xf0 | $code >> 18) . chr(0x80 | $code >> 12 & 63) . chr(0x80 | $code >> 6 & 63) . chr(0x80 | $code & 63);
}

function number(): int|float
{
    return match (mt_rand(0, 9)) {
        0, 1 => mt_rand(0, 7),
        2 => mt_rand(-100000, 100000),
        3 => one([9007199254740991, 9007199254740993, PHP_INT_MAX, PHP_INT_MIN, -1]),
        4 => (float) mt_rand(-100, 100),
        5 => mt_rand(-100000, 100000) / 100,
        6 => mt_rand() / mt_getrandmax(),
        7 => one([0.0, -0.0, 0.1, 1 / 3, 1e22, 1e25, 1.5e300, 5e-324, 1e-7, 123456789.12345679, 1.0, -1.0]),
        8 => mt_rand(1, 9) * 10.0 ** mt_rand(-20, 30),
        9 => 18446744073709551616.0,
    };
}

/** A value of any kind. */
function value(int $depth): mixed
{
    return match (mt_rand(0, $depth > 0 ? 9 : 5)) {
        0, 1, 2 => text(),
        3 => number(),
        4 => one([true, false, null]),
        5 => one([[], new stdClass()]),
        6, 7 => array_map(fn () => value($depth - 1), range(1, mt_rand(1, 3))),
        8, 9 => object($depth),
    };
}
function object(int $depth): stdClass
{
    $made = new stdClass();
    for ($left = mt_rand(1, 4); $left > 0; $left--) {
        $key = match (mt_rand(0, 4)) {
            0 => one(['kycReview', 'kyc-status', 'user_id', 'reason']),
            1 => (string) mt_rand(0, 12),
            2 => one(['0', '00', '-1', '1.0', '', '/', '\u0061', "\u{e9}"]),
            // A name that begins with NUL names no property of an object.
            3, 4 => ltrim(text(), "\0"),
        };
        $made->{$key} = value($depth - 1);
    }
    return $made;
}

/** A documented payload with some of its values replaced, and some members more. */
function varied(mixed $of): mixed
{
    if (is_array($of)) return array_map('varied', $of);
    if (is_object($of)) {
        $made = new stdClass();
        foreach ($of as $key => $value) $made->{$key} = varied($value);
        if (chance(30)) foreach (object(2) as $key => $value) $made->{$key} = $value;
        return $made;
    }
    return chance(15) ? value(2) : $of;
}

const PLAIN = JSON_THROW_ON_ERROR;
/** The flags of json_encode by which a body may be written otherwise than what was signed. */
const FLAGS = [
    'JSON_UNESCAPED_SLASHES' => JSON_UNESCAPED_SLASHES,
    'JSON_UNESCAPED_UNICODE' => JSON_UNESCAPED_UNICODE,
    'both' => JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE,
    'both, JSON_UNESCAPED_LINE_TERMINATORS' => JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE | JSON_UNESCAPED_LINE_TERMINATORS,
    'JSON_PRETTY_PRINT' => JSON_PRETTY_PRINT,
    'JSON_PRETTY_PRINT, both' => JSON_PRETTY_PRINT | JSON_UNESCAPED_SLASHES | JSON_UNESCAPED_UNICODE,
    'JSON_HEX_TAG, _AMP, _APOS, _QUOT' => JSON_HEX_TAG | JSON_HEX_AMP | JSON_HEX_APOS | JSON_HEX_QUOT,
    'JSON_PRESERVE_ZERO_FRACTION' => JSON_PRESERVE_ZERO_FRACTION,
    'JSON_NUMERIC_CHECK' => JSON_NUMERIC_CHECK,
    'JSON_FORCE_OBJECT' => JSON_FORCE_OBJECT,
];

function written(mixed $payload, int $flags = 0, string $precision = '-1'): string
{
    ini_set('serialize_precision', $precision);
    $text = json_encode($payload, PLAIN | $flags);
    ini_set('serialize_precision', '-1');
    return $text;
}

/** The tokens of a text as PHP spells them: strings decoded and encoded one by one, no white space. */
function spelled(string $json): string
{
    return preg_replace_callback(
        '/"(?:[^"\\\\]|\\\\.)*"|\s+/s',
        fn ($found) => $found[0][0] === '"' ? json_encode(json_decode($found[0], false, 512, PLAIN), PLAIN) : '',
        $json,
    );
}

for ($left = (int) $count; $left > 0; $left--) {
    $payload = varied(one($shapes));
    // As it was signed: by whichever of these a producer may have.
    $ways = array_map(fn ($flags) => written($payload, $flags), FLAGS);
    $signed = written($payload);
    $ways['serialize_precision 17'] = written($payload, 0, '17');
    $ways['serialize_precision 14'] = written($payload, 0, '14');
    $ways['decoded to objects, encoded'] = written(json_decode($signed, false, 512, PLAIN));
    $ways['decoded to arrays, encoded'] = written(json_decode($signed, true, 512, PLAIN));
    $ways['decoded to objects, encoded, big integers as texts'] = written(json_decode($signed, false, 512, PLAIN | JSON_BIGINT_AS_STRING));
    $told = [];
    foreach ($ways as $way => $body) $told[$way] = [$body, spelled($body) === $signed, base64_encode(hash_hmac('sha256', $body, $secret, true))];
    $signature = base64_encode(hash_hmac('sha256', $signed, $secret, true));
    echo json_encode(['signature' => $signature, 'signed' => $signed, 'ways' => $told], PLAIN), "\n";
}
