using System.Text;

namespace Rota.Supervisor.Config;

/// <summary>Reads one file into an <see cref="IniFile"/> exactly as supervisord's parser does.</summary>
/// <remarks>That parser is Python's RawConfigParser, not strict, with inline comments. A line is: a comment (`;` or
/// `#` first, or after a blank), empty (an empty line of the value above), indented deeper than its option (a further
/// line of the value), a `[section]`, or `option = value` or `option: value`. Duplicates are allowed.</remarks>
internal sealed class IniParser(IniFile ini, string file)
{
    private const int FileBytesMax = 16 * 1024 * 1024;

    private static readonly UTF8Encoding Utf8 = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    private readonly List<string> _value = [];
    private IniSection? _section;
    private string? _option;
    private int _optionLine;
    private int _indent;
    private int _line;

    /// <exception cref="ConfigException">The text is no such file. What was read before stays read.</exception>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public static void ReadFile(IniFile ini, string file) => Read(ini, file, ReadText(file));

    public static void Read(IniFile ini, string file, string text)
    {
        var parser = new IniParser(ini, file);
        foreach (var line in text.Replace("\r\n", "\n").Replace('\r', '\n').Split('\n'))
            parser.ReadLine(line);
        parser.CloseOption();
    }

    private static string ReadText(string file)
    {
        using var stream = File.OpenRead(file);
        var bytes = new MemoryStream();
        var buffer = new byte[64 * 1024];
        while (stream.Read(buffer) is > 0 and var count)
        {
            bytes.Write(buffer, 0, count);
            if (bytes.Length > FileBytesMax)
                throw new ConfigException($"{file}: the file has more than {FileBytesMax} bytes; split it");
        }
        try
        {
            return Utf8.GetString(bytes.GetBuffer(), 0, (int)bytes.Length).TrimStart('\ufeff');
        }
        catch (DecoderFallbackException bad)
        {
            var line = 1 + bytes.GetBuffer().AsSpan(0, Math.Max(0, bad.Index)).Count((byte)'\n');
            throw new ConfigException($"{file}:{line}: the text is not UTF-8; save the file as UTF-8");
        }
    }

    private void ReadLine(string line)
    {
        _line++;
        var comment = CommentStart(line);
        var value = PythonText.Strip(comment < 0 ? line : line.AsSpan(0, comment));
        if (value.Length == 0)
        {
            if (comment < 0 && _option is not null)
                _value.Add("");
            return;
        }
        WarnOfComment(line, comment, value);

        var indent = 0;
        while (PythonText.IsSpace(line[indent]))
            indent++;
        if (_option is not null && indent > _indent)
        {
            _value.Add(value);
            return;
        }
        _indent = indent;
        CloseOption();
        if (value[0] == '[' && value.LastIndexOf(']') is >= 2 and var end)
            _section = ini.Open(value[1..end], file, _line);
        else
            OpenOption(value);
    }

    private void OpenOption(string line)
    {
        if (_section is null)
            throw Error($"{Quote(line)} stands before the first section; write [supervisord] or another section above");
        var delimiter = line.AsSpan().IndexOfAny('=', ':');
        if (delimiter <= 0)
            throw Error($"[{_section.Name}] {Quote(line)} is neither a section nor an option; write option=value");

        _option = PythonText.StripEnd(line.AsSpan(0, delimiter)).ToString().ToLowerInvariant();
        _optionLine = _line;
        _value.Add(PythonText.Strip(line.AsSpan(delimiter + 1)));
    }

    private void CloseOption()
    {
        if (_option is null)
            return;
        var text = PythonText.StripEnd(string.Join('\n', _value)).ToString();
        _section!.Options[_option] = new IniValue(text, file, _optionLine);
        _option = null;
        _value.Clear();
    }

    /// <summary>Where a comment begins, or -1.</summary>
    /// <remarks>As there, `;` and `#` are looked for side by side, and the search ends in the first round that finds a
    /// comment: of `a;b ;c #d` only `#d` is cut off.</remarks>
    private static int CommentStart(string line)
    {
        if (PythonText.Strip(line) is [';' or '#', ..])
            return 0;
        var (semicolon, hash) = (line.IndexOf(';'), line.IndexOf('#'));
        while (semicolon >= 0 || hash >= 0)
        {
            var first = (Begins(line, semicolon), Begins(line, hash)) switch
            {
                (true, true) => Math.Min(semicolon, hash),
                (true, false) => semicolon,
                (false, true) => hash,
                _ => -1,
            };
            if (first >= 0)
                return first;
            semicolon = semicolon < 0 ? -1 : line.IndexOf(';', semicolon + 1);
            hash = hash < 0 ? -1 : line.IndexOf('#', hash + 1);
        }
        return -1;
    }

    private static bool Begins(string line, int index) =>
        index == 0 || (index > 0 && PythonText.IsSpace(line[index - 1]));

    private void WarnOfComment(string line, int comment, string value)
    {
        if (comment < 0 || value[0] == '[')
            return;
        if (line[comment] == '#')
            Warn($"all from {Quote(line[comment..])} on is a comment; "
                + "write ' ;' before a comment, no blank before a '#'");
        else if (value.Count(letter => letter == '"') % 2 != 0 || value.Count(letter => letter == '\'') % 2 != 0)
            Warn($"the value is cut inside quotes, at {Quote(line[comment..])}; write no blank before the ';'");
    }

    private void Warn(string what) => ini.Warnings.Add($"{file}:{_line}: {what}");

    private ConfigException Error(string what) => new($"{file}:{_line}: {what}");

    private static string Quote(string text) =>
        PythonText.Repr(text.Length > 60 ? text[..60] + "..." : text);
}
