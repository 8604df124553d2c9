using System.Text;

namespace Rota.Supervisor.Config;

/// <summary>Reads lines of `KEY=VALUE`, as shells, systemd and compose have them in files.</summary>
/// <remarks>
/// A line may begin with `export`; `#` begins a comment at a line's start and after a blank. A value in single quotes
/// is taken as it stands, one in double quotes knows `\n`, `\t`, `\r`, `\"`, `\\` and `\$`; both may go over several
/// lines. Nothing is expanded. Errors tell the line and never what stands there, which may be a secret.
/// </remarks>
internal sealed class EnvironmentLines
{
    private const string Export = "export ";

    private readonly string _file;
    private readonly string _text;
    private int _at;

    private EnvironmentLines(string file, string text) => (_file, _text) = (file, text);

    /// <summary>In the order of the lines; a name may come twice.</summary>
    /// <exception cref="EnvironmentFileException">A line is wrong.</exception>
    public static IReadOnlyList<EnvironmentVariable> Parse(string file, string text) =>
        new EnvironmentLines(file, text.Replace("\r\n", "\n")).All();

    private List<EnvironmentVariable> All()
    {
        if (_text.IndexOf('\0') is >= 0 and var zero)
            throw Wrong(zero, "has a letter with the number 0; delete it");
        var variables = new List<EnvironmentVariable>();
        for (; _at < _text.Length; _at++)
        {
            SkipBlanks();
            if (_at == _text.Length)
                break;
            if (_text[_at] == '#')
                _at = LineEnd();
            if (_at < _text.Length && _text[_at] != '\n')
                variables.Add(new(Name(), Value()));
        }
        return variables;
    }

    private string Name()
    {
        var equals = _text.IndexOf('=', _at, LineEnd() - _at);
        if (equals < 0)
            throw Wrong(_at, "has no '='; write KEY=VALUE");
        var name = _text.AsSpan(_at, equals - _at).Trim();
        if (name.StartsWith(Export))
            name = name[Export.Length..].TrimStart();
        if (!IsName(name))
            throw Wrong(_at, "has no name of a variable before the '='; write letters, digits and _");
        _at = equals + 1;
        return name.ToString();
    }

    private string Value()
    {
        SkipBlanks();
        if (_at == _text.Length || _text[_at] is not ('"' or '\''))
            return Bare();
        var start = _at;
        var value = Quoted(_text[_at++]) ?? throw Wrong(start, "has no end of its quote; write one more quote");
        var rest = _text.AsSpan(_at, LineEnd() - _at).TrimStart();
        if (!rest.IsEmpty && rest[0] != '#')
            throw Wrong(_at, "goes on after the closing quote; put quotes around the whole value");
        _at = LineEnd();
        return value;
    }

    private string Bare()
    {
        var rest = _text.AsSpan(_at, LineEnd() - _at);
        _at += rest.Length;
        for (var index = 0; index < rest.Length; index++)
        {
            if (rest[index] == '#' && (index == 0 || rest[index - 1] is ' ' or '\t'))
                return rest[..index].TrimEnd().ToString();
        }
        return rest.TrimEnd().ToString();
    }

    /// <summary>Up to the closing quote; null where none comes.</summary>
    private string? Quoted(char quote)
    {
        var value = new StringBuilder();
        for (; _at < _text.Length; _at++)
        {
            var letter = _text[_at];
            if (letter == quote)
            {
                _at++;
                return value.ToString();
            }
            if (letter == '\\' && quote == '"' && _at + 1 < _text.Length)
                value.Append(Escaped(_text[++_at]));
            else
                value.Append(letter);
        }
        return null;
    }

    private static string Escaped(char letter) => letter switch
    {
        'n' => "\n",
        't' => "\t",
        'r' => "\r",
        '"' or '\\' or '$' => $"{letter}",
        _ => $"\\{letter}",
    };

    private void SkipBlanks()
    {
        while (_at < _text.Length && _text[_at] is ' ' or '\t')
            _at++;
    }

    private int LineEnd() => _text.IndexOf('\n', _at) is >= 0 and var end ? end : _text.Length;

    private static bool IsName(ReadOnlySpan<char> name)
    {
        foreach (var letter in name)
        {
            if (!char.IsAsciiLetterOrDigit(letter) && letter != '_')
                return false;
        }
        return !name.IsEmpty && !char.IsAsciiDigit(name[0]);
    }

    private EnvironmentFileException Wrong(int at, string what) =>
        new($"{_file}:{_text.AsSpan(0, at).Count('\n') + 1}: the line {what}");
}
