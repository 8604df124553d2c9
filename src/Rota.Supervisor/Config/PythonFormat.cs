using System.Globalization;

namespace Rota.Supervisor.Config;

/// <summary>Python's `text % names`: `%(name)s`, `%(number)03d`, `%%`.</summary>
/// <remarks>One difference on purpose: `%s` without a name is refused; Python puts all names with all values there, the
/// whole environment of the daemon among them.</remarks>
internal static class PythonFormat
{
    private const int WidthMax = 1000;

    /// <exception cref="ValueException">A name is unknown or the text no format.</exception>
    public static string Expand(string text, Expansions names)
    {
        if (!text.Contains('%'))
            return text;
        var result = new System.Text.StringBuilder(text.Length);
        for (var index = 0; index < text.Length; index++)
        {
            if (text[index] != '%')
                result.Append(text[index]);
            else
                result.Append(Field(text, ref index, names));
        }
        return result.ToString();
    }

    /// <summary>Reads one field; leaves <paramref name="index"/> at its last letter.</summary>
    private static string Field(string text, ref int index, Expansions names)
    {
        var start = index++;
        var name = index < text.Length && text[index] == '(' ? Name(text, ref index) : null;
        var flags = Take(text, ref index, "-+ #0");
        var width = Number(text, ref index) ?? 0;
        var precision = index < text.Length && text[index] == '.' ? Precision(text, ref index) : (int?)null;
        Take(text, ref index, "hlL");
        if (index >= text.Length)
            throw Bad(text[start..]);

        var field = text[start..(index + 1)];
        if (text[index] == '%')
            return "%";
        if (name is null)
            throw Bad(field);
        var value = names.Find(name) ?? throw new ValueException(
            $"has the unknown name {PythonText.Repr(name)} in {PythonText.Repr(field)}",
            $"write one of {names.Known()}, or %% for a percent sign");
        return Pad(Body(field, value, flags, precision), flags, width,
            isNumber: text[index] is not ('s' or 'r' or 'a'));
    }

    /// <summary>A name ends with the bracket that closes it: brackets within count.</summary>
    private static string Name(string text, ref int index)
    {
        var start = ++index;
        for (var depth = 1; index < text.Length; index++)
        {
            depth += text[index] switch { '(' => 1, ')' => -1, _ => 0 };
            if (depth == 0)
                return text[start..index++];
        }
        throw Bad(text[(start - 2)..]);
    }

    private static string Take(string text, ref int index, string letters)
    {
        var start = index;
        while (index < text.Length && letters.Contains(text[index]))
            index++;
        return text[start..index];
    }

    private static int? Number(string text, ref int index)
    {
        var digits = Take(text, ref index, "0123456789");
        if (digits.Length == 0)
            return null;
        if (int.TryParse(digits, CultureInfo.InvariantCulture, out var number) && number <= WidthMax)
            return number;
        throw new ValueException($"has the width {digits}", $"write a width of at most {WidthMax}");
    }

    private static int Precision(string text, ref int index)
    {
        index++;
        return Number(text, ref index) ?? 0;
    }

    private static string Body(string field, object value, string flags, int? precision)
    {
        switch (field[^1])
        {
            case 's':
                return Cut(value.ToString() ?? "", precision);
            case 'r' or 'a':
                return Cut(value is string plain ? PythonText.Repr(plain) : $"{value}", precision);
            case 'c' when value is string { Length: 1 } letter:
                return letter;
            case 'd' or 'i' or 'u' or 'x' or 'X' or 'o' or 'f' or 'F' when value is int number:
                var digits = field[^1] switch
                {
                    'x' => (flags.Contains('#') ? "0x" : "") + Math.Abs(number).ToString("x"),
                    'X' => (flags.Contains('#') ? "0X" : "") + Math.Abs(number).ToString("X"),
                    'o' => (flags.Contains('#') ? "0o" : "") + Convert.ToString(Math.Abs(number), 8),
                    'f' or 'F' => ((double)Math.Abs(number)).ToString($"F{precision ?? 6}"),
                    _ => Math.Abs(number).ToString($"D{precision ?? 1}"),
                };
                return (number < 0 ? "-" : flags.Contains('+') ? "+" : flags.Contains(' ') ? " " : "") + digits;
            default:
                throw Bad(field);
        }
    }

    private static string Cut(string text, int? precision) =>
        precision is { } length && length < text.Length ? text[..length] : text;

    private static string Pad(string body, string flags, int width, bool isNumber)
    {
        if (body.Length >= width)
            return body;
        if (flags.Contains('-'))
            return body.PadRight(width);
        if (!isNumber || !flags.Contains('0'))
            return body.PadLeft(width);
        var sign = body is ['-' or '+' or ' ', ..] ? 1 : 0;
        return body[..sign] + body[sign..].PadLeft(width - sign, '0');
    }

    private static ValueException Bad(string field) => new(
        $"has {PythonText.Repr(field.Length > 40 ? field[..40] + "..." : field)}, which is no expansion",
        "write %(name)s, %(process_num)02d, or %% for a percent sign");
}
