using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Rota.Secrets;

/// <summary>Masks the secrets of one attempt in whatever the attempt writes. Safe for any number of threads.</summary>
/// <remarks>
/// <para>Also found are the JSON-escaped, URL-encoded and base64 spellings of a value, and the single lines of 8
/// characters or more of a value that has several. Not found are values cut in two by the writer, other encodings
/// (hex, HTML), and values shorter than <see cref="ValueCharsMin"/>: masking those would shred ordinary text, and the
/// holes would tell the value.</para>
/// <para>Matches that overlap or touch become one mask, so no tail of a longer match is left.</para>
/// </remarks>
public sealed class Redactor
{
    /// <summary>What stands in the place of a secret, whatever its length.</summary>
    public const string Mark = "********";

    /// <summary>The shortest value that is masked: 4 characters.</summary>
    public const int ValueCharsMin = 4;

    private readonly Lock _gate = new();
    private readonly HashSet<string> _forms = new(StringComparer.Ordinal);
    private volatile Matcher? _matcher;

    /// <summary>Masks this value from now on.</summary>
    /// <returns>False when it is too short to be masked.</returns>
    public bool Add(string value)
    {
        if (value.Trim().Length < ValueCharsMin)
            return false;

        lock (_gate)
        {
            _forms.UnionWith(SecretForms.Of(value).Where(form => form.Length >= ValueCharsMin));
            _matcher = null;
        }

        return true;
    }

    /// <summary>The text with <see cref="Mark"/> for each secret; the same instance when there is none in it.</summary>
    public string Mask(string text)
    {
        var matcher = _matcher ?? Build();
        var (start, end) = matcher.Next(text, 0);
        if (start < 0)
            return text;

        var masked = new StringBuilder(text.Length);
        var copied = 0;
        for (; start >= 0; (start, end) = matcher.Next(text, end))
        {
            masked.Append(text, copied, start - copied).Append(Mark);
            copied = end;
        }

        return masked.Append(text, copied, text.Length - copied).ToString();
    }

    /// <summary>JSON fit to show: values under telling names (see <see cref="JsonMask"/>) and these secrets
    /// masked.</summary>
    public string MaskJson(JsonElement json) => JsonMask.Mask(json, this);

    /// <inheritdoc cref="MaskJson(JsonElement)"/>
    /// <exception cref="JsonException">It is not one JSON value in UTF-8, or deeper than 64.</exception>
    public string MaskJson(ReadOnlySpan<byte> json) => JsonMask.Mask(json, this);

    // Built at the first use after an addition: secrets come in bunches, and building costs more than adding.
    private Matcher Build()
    {
        lock (_gate)
            return _matcher ??= new Matcher(_forms);
    }

    private sealed class Matcher(IEnumerable<string> forms)
    {
        private readonly string[] _longestFirst = [.. forms.OrderByDescending(form => form.Length)];
        private readonly SearchValues<string> _any = SearchValues.Create([.. forms], StringComparison.Ordinal);

        /// <summary>The first run of matches at or after <paramref name="from"/>; start is -1 when there is
        /// none.</summary>
        public (int Start, int End) Next(string text, int from)
        {
            var start = Find(text, from);
            if (start < 0)
                return (-1, text.Length);

            var end = start;
            for (var at = start; at >= 0 && at <= end; at = Find(text, at + 1))
                end = Math.Max(end, at + LengthAt(text, at));
            return (start, end);
        }

        private int Find(string text, int from)
        {
            var found = text.AsSpan(from).IndexOfAny(_any);
            return found < 0 ? -1 : from + found;
        }

        private int LengthAt(string text, int at)
        {
            foreach (var form in _longestFirst)
            {
                if (text.AsSpan(at).StartsWith(form, StringComparison.Ordinal))
                    return form.Length;
            }

            return 0;
        }
    }
}
