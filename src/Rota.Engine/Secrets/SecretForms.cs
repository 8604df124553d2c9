using System.Text;
using System.Text.Encodings.Web;

namespace Rota.Secrets;

/// <summary>The spellings in which a secret value turns up in logs, addresses, headers and JSON.</summary>
internal static class SecretForms
{
    private const int LineCharsMin = 8;

    /// <summary>The value itself, trimmed, its longer lines, and each of these escaped and encoded; may
    /// repeat.</summary>
    public static IEnumerable<string> Of(string value) => Parts(value).SelectMany(Spellings);

    // A private key is logged line by line, so each line of it is a secret; short lines, such as a brace, are not.
    private static IEnumerable<string> Parts(string value)
    {
        var lines = value.Split('\n', StringSplitOptions.TrimEntries);
        return [value, value.Trim(), .. lines.Where(line => line.Length >= LineCharsMin)];
    }

    private static IEnumerable<string> Spellings(string text)
    {
        var escaped = Uri.EscapeDataString(text);
        var form = System.Net.WebUtility.UrlEncode(text);
        return
        [
            text,
            JavaScriptEncoder.Default.Encode(text), JavaScriptEncoder.UnsafeRelaxedJsonEscaping.Encode(text),
            EscapeJson(text, asciiOnly: true), EscapeJson(text, asciiOnly: false),
            escaped, LowerHex(escaped), form, LowerHex(form),
            .. Base64(Encoding.UTF8.GetBytes(text)),
        ];
    }

    /// <summary>As programs other than .NET escape JSON: only what must be, hex digits in lower case.</summary>
    private static string EscapeJson(string text, bool asciiOnly)
    {
        var json = new StringBuilder(text.Length + 8);
        foreach (var letter in text)
        {
            _ = letter switch
            {
                '"' or '\\' => json.Append('\\').Append(letter),
                '\n' => json.Append("\\n"),
                '\r' => json.Append("\\r"),
                '\t' => json.Append("\\t"),
                '\b' => json.Append("\\b"),
                '\f' => json.Append("\\f"),
                < ' ' => json.Append($"\\u{(int)letter:x4}"),
                > '~' when asciiOnly => json.Append($"\\u{(int)letter:x4}"),
                _ => json.Append(letter),
            };
        }

        return json.ToString();
    }

    private static string LowerHex(string escaped)
    {
        var letters = escaped.ToCharArray();
        for (var at = 0; at + 2 < letters.Length; at++)
        {
            if (letters[at] == '%')
                (letters[at + 1], letters[at + 2]) =
                    (char.ToLowerInvariant(letters[at + 1]), char.ToLowerInvariant(letters[at + 2]));
        }

        return new string(letters);
    }

    /// <summary>Alone, padded and not, and inside of longer data (<c>user:password</c>), in both alphabets.</summary>
    private static IEnumerable<string> Base64(byte[] bytes)
    {
        var whole = Convert.ToBase64String(bytes);
        string[] forms = [whole, whole.TrimEnd('='), Inner(bytes, 0), Inner(bytes, 1), Inner(bytes, 2)];
        return forms.Concat(forms.Select(form => form.Replace('+', '-').Replace('/', '_')));
    }

    // The data before decides how the bits fall into digits, which gives three cases. Digits that share bits with a
    // neighbour are left out, so that what is left is the same whatever the neighbours are.
    private static string Inner(byte[] bytes, int before)
    {
        var digits = Convert.ToBase64String([.. new byte[before], .. bytes]);
        return digits[((before * 8 + 5) / 6)..((before + bytes.Length) * 8 / 6)];
    }
}
