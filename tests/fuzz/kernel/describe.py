# SPDX-License-Identifier: GPL-2.0-only
"""Reads the descriptions of tests/kernel/syzkaller, a part of syzkaller's language, and
makes random values of their types.

A value is an integer, bytes, or a Pointer to bytes in which further pointers lie at
offsets. Which calls there are is the descriptions' alone.
"""
import os
import re

TOKEN = re.compile(r'"[^"]*"|0x[0-9a-fA-F]+|-?\d+|[A-Za-z_][\w$]*|[\[\](){},:=]')
# Of syzkaller's own descriptions.
STANDARD_FLAGS = {'open_flags': [os.O_RDWR, os.O_RDWR | os.O_NONBLOCK], 'send_flags': [0]}
SIZES = {'int8': 1, 'int16': 2, 'int32': 4, 'int64': 8}


class Type:
    """NAME[ARGS], where an argument is a Type, and LOW:HIGH one with two arguments."""

    def __init__(self, name, args=()):
        self.name, self.args = name, list(args)

    def __repr__(self):
        return self.name + (f'[{", ".join(map(repr, self.args))}]' if self.args else '')

    def replaced(self, names):
        if self.name in names and not self.args:
            return names[self.name]
        return Type(self.name, [arg.replaced(names) for arg in self.args])


class Pointer:
    """Memory of a call: bytes, and pointers in it by offset."""

    def __init__(self, data, inner=None, out=False):
        self.data, self.inner, self.out = bytes(data), inner or {}, out

    def __repr__(self):
        inner = ''.join(f' @{at}={value!r}' for at, value in self.inner.items())
        return f'&{len(self.data)}:{self.data.hex() if any(self.data) else 0}{inner}'


class Call:
    def __init__(self, name, args, gives):
        self.name, self.args, self.gives = name, args, gives


class Description:
    def __init__(self, text, constants):
        self.constants = constants
        self.calls, self.resources, self.flags = [], {}, {}
        self.structs, self.unions, self.templates, self.aliases = {}, {}, {}, {}
        text = re.sub(r'#(?!"\]).*', '', text)
        self.lines = [line.rstrip() for line in text.splitlines() if line.strip()]
        while self.lines:
            self.statement(self.lines.pop(0))

    # --- reading

    def statement(self, line):
        if line.startswith('include '):
            return
        if match := re.match(r'resource (\w+)\[(\w+)\](?:: (.*))?$', line):
            values = [self.number(v) for v in (match[3] or '').split(',') if v.strip()]
            self.resources[match[1]] = (match[2], values)
        elif match := re.match(r'(?:type )?(\w+)(?:\[([\w, ]+)\])? ([{\[])$', line):
            self.body(*match.groups())
        elif match := re.match(r'type (\w+)(?:\[([\w, ]+)\])? (\w.*)$', line):
            params = [p.strip() for p in (match[2] or '').split(',') if p.strip()]
            self.aliases[match[1]] = (params, self.parse(match[3]))
        elif match := re.match(r'(\w+) = (.*)$', line):
            self.flags[match[1]] = [self.number(v) for v in match[2].split(',')]
        elif match := re.match(r'([\w$]+)\((.*)\)(?: (\w+))?$', line):
            fields = self.parse(f'x[{match[2]}]', fields=True).args if match[2] else []
            self.calls.append(Call(match[1], fields, match[3]))
        else:
            raise ValueError(f'not understood: {line}')

    def body(self, name, params, bracket):
        fields = []
        while self.lines[0][0].isspace():
            field, kind = self.lines.pop(0).split(None, 1)
            fields.append((field, self.parse(kind)))
        self.lines.pop(0)
        params = [p.strip() for p in (params or '').split(',') if p.strip()]
        (self.structs if bracket == '{' else self.unions)[name] = (params, fields)

    def parse(self, text, fields=False):
        self.tokens = TOKEN.findall(text)
        kind = self.parse_type(fields)
        if self.tokens:
            raise ValueError(f'not understood: {text}')
        return kind

    def parse_type(self, fields=False):
        kind = Type(self.tokens.pop(0))
        if self.tokens and self.tokens[0] == ':':
            self.tokens.pop(0)
            return Type(':', [kind, Type(self.tokens.pop(0))])
        if self.tokens and self.tokens[0] == '[':
            while self.tokens.pop(0) != ']':
                if fields:
                    name = self.tokens.pop(0)
                    kind.args.append((name, self.parse_type()))
                else:
                    kind.args.append(self.parse_type())
        return kind

    def number(self, word):
        word = word.strip()
        return self.constants[word] if word in self.constants else int(word, 0)

    # --- making values

    def lookup(self, kind, table):
        """A struct's fields, or an alias, with the arguments put in."""
        params, what = table[kind.name]
        names = dict(zip(params, kind.args))
        if isinstance(what, Type):
            return what.replaced(names)
        return [(name, field.replaced(names)) for name, field in what]

    def resolve(self, kind):
        while kind.name in self.aliases:
            kind = self.lookup(kind, self.aliases)
        return kind

    def integer(self, rng, kind):
        size = SIZES[kind.name]
        if rng.random() < 0.05:
            return rng.choice([0, 1, (1 << size * 8) - 1, rng.getrandbits(size * 8)])
        if not kind.args:
            return rng.getrandbits(size * 8)
        low, high = (self.number(arg.name) for arg in kind.args[0].args)
        # As often small as large.
        return min(high, low + rng.randint(0, max(1, (high - low) >> rng.randint(0, 20))))

    def value(self, rng, kind, fds, inside=None):
        """A value for an argument, or the bytes of a field and pointers in them."""
        kind = self.resolve(kind)
        name, args = kind.name, kind.args
        if name in ('ptr', 'ptr64'):
            data, inner = self.memory(rng, args[1], fds)
            return Pointer(data, inner, args[0].name != 'in')
        if name == 'buffer':
            return Pointer(bytes(rng.choice([0, 1, 5, 40, 261, 600])), out=True)
        if name == 'const':
            return self.number(args[0].name)
        if name == 'flags':
            return rng.choice([0, *self.flags[args[0].name]] if args[0].name in self.flags
                              else STANDARD_FLAGS[args[0].name])
        if name in SIZES:
            return self.integer(rng, kind)
        if name in self.resources:
            base, values = self.resources[name]
            return fds(name) if base.startswith('fd') else rng.choice(values or [0])
        return fds(name)

    def memory(self, rng, kind, fds):
        kind = self.resolve(kind)
        name, args = kind.name, kind.args
        if name in self.structs:
            return self.struct(rng, self.lookup(kind, self.structs), fds)
        if name in self.unions:
            return self.memory(rng, rng.choice(self.lookup(kind, self.unions))[1], fds)
        if name == 'string':
            return args[0].name.strip('"').encode() + b'\0', {}
        if name == 'array':
            return self.array(rng, args, fds)
        if name == 'msghdr_netlink':
            return self.attributes(rng, args[0].args[2], fds), {}
        if name == 'nlattr':
            data, _ = self.memory(rng, args[1], fds)
            if rng.random() < 0.03:
                data = bytes(rng.randint(0, 9))
            head = (4 + len(data)).to_bytes(2, 'little')
            head += self.number(args[0].name).to_bytes(2, 'little')
            return head + data + bytes(-len(data) % 4), {}
        value = self.value(rng, kind, fds)
        if isinstance(value, Pointer):
            return bytes(8), {0: value}
        return (value & (1 << 8 * self.size(kind)) - 1).to_bytes(self.size(kind), 'little'), {}

    def attributes(self, rng, kind, fds):
        """Of a message of generic netlink; the first is what the message is about."""
        kinds = [field for _, field in self.lookup(self.resolve(kind), self.unions)]
        chosen = [rng.choice(kinds) for _ in range(rng.randint(0, 4))]
        if rng.random() < 0.95:
            chosen.insert(0, kinds[0])
        return b''.join(self.memory(rng, one, fds)[0] for one in chosen)

    def size(self, kind):
        """Of an integer field."""
        for part in (kind, *kind.args):
            if part.name in SIZES:
                return SIZES[part.name]
        base = self.resources[kind.name][0]
        return SIZES.get(base, 4)

    def array(self, rng, args, fds):
        count = rng.choice([0, 1, 16, 261, 512])
        if len(args) > 1:
            low, high = (args[1].args if args[1].name == ':' else (args[1], args[1]))
            count = rng.randint(self.number(low.name), self.number(high.name))
        return b''.join(self.memory(rng, args[0], fds)[0] for _ in range(count)), {}

    def struct(self, rng, fields, fds):
        data, inner, made, lengths = b'', {}, {}, []
        for name, kind in fields:
            kind = self.resolve(kind)
            if kind.name in ('bytesize', 'len'):
                lengths.append((len(data), self.size(kind), kind.args[0].name))
                part = bytes(self.size(kind))
            else:
                part, pointers = self.memory(rng, kind, fds)
                inner.update({len(data) + at: value for at, value in pointers.items()})
                made[name] = pointers.get(0)
            data += part
        for at, size, name in lengths:
            length = len(made[name].data) if made.get(name) else 0
            if rng.random() < 0.03:
                length += rng.choice([1, -1, 300])
            data = data[:at] + (length & 0xffffffff).to_bytes(size, 'little') + data[at + size:]
        return data, inner
