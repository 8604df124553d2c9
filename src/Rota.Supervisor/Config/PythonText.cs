using System.Globalization;
using System.Text;

namespace Rota.Supervisor.Config;

/// <summary>Texts as Python reads and writes them, where a file or an output must mean the same here.</summary>
internal static class PythonText
{
    /// <summary>Like str.isspace: the separators 1C to 1F are blanks there, too.</summary>
    public static bool IsSpace(char letter) => char.IsWhiteSpace(letter) || letter is >= '\x1c' and <= '\x1f';

    public static string Strip(ReadOnlySpan<char> text) => StripEnd(StripStart(text)).ToString();

    public static ReadOnlySpan<char> StripEnd(ReadOnlySpan<char> text)
    {
        while (text.Length > 0 && IsSpace(text[^1]))
            text = text[..^1];
        return text;
    }

    /// <summary>The words between blanks, as str.split() gives them.</summary>
    public static string[] Words(string text) =>
        string.Concat(text.Select(letter => IsSpace(letter) ? ' ' : letter))
            .Split(' ', StringSplitOptions.RemoveEmptyEntries);

    /// <summary>int(text): blanks around it, a sign and single underlines between digits are allowed.</summary>
    public static long? ParseInt(string text) => ParseDigits(Strip(text), 10);

    /// <summary>int(text, 8): also with 0o in front.</summary>
    public static long? ParseOctal(string text)
    {
        var digits = Strip(text);
        return ParseDigits(digits.StartsWith("0o", StringComparison.OrdinalIgnoreCase) ? digits[2..] : digits, 8);
    }

    /// <summary>repr(text): in single quotes, or in double ones where only these need no escape.</summary>
    public static string Repr(string text)
    {
        var quote = text.Contains('\'') && !text.Contains('"') ? '"' : '\'';
        var result = new StringBuilder().Append(quote);
        foreach (var letter in text)
        {
            _ = letter switch
            {
                '\n' => result.Append("\\n"),
                '\r' => result.Append("\\r"),
                '\t' => result.Append("\\t"),
                '\\' => result.Append("\\\\"),
                _ when letter == quote => result.Append('\\').Append(letter),
                < ' ' or '\x7f' => result.Append(CultureInfo.InvariantCulture, $"\\x{(int)letter:x2}"),
                _ => result.Append(letter),
            };
        }
        return result.Append(quote).ToString();
    }

    private static ReadOnlySpan<char> StripStart(ReadOnlySpan<char> text)
    {
        while (text.Length > 0 && IsSpace(text[0]))
            text = text[1..];
        return text;
    }

    private static long? ParseDigits(ReadOnlySpan<char> text, int radix)
    {
        var negative = text is ['-', ..];
        if (text is ['-' or '+', ..])
            text = text[1..];
        if (text.IsEmpty || text[0] == '_' || text[^1] == '_')
            return null;

        long value = 0;
        for (var index = 0; index < text.Length; index++)
        {
            if (text[index] == '_' && text[index - 1] != '_')
                continue;
            var digit = text[index] - '0';
            if (digit < 0 || digit >= radix || value > (long.MaxValue >> 5))
                return null;
            value = value * radix + digit;
        }
        return negative ? -value : value;
    }
}
