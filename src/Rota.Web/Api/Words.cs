using System.Globalization;
using System.Text.Json;
using Rota.Schedules;

namespace Rota.Web.Api;

/// <summary>Values that come as text in an address or a body.</summary>
internal static class Words
{
    /// <exception cref="InvalidFieldException">It is none of the words of the enum.</exception>
    public static T? ParseEnum<T>(string field, string? text)
        where T : struct, Enum
    {
        if (text is null)
            return null;
        foreach (var value in Enum.GetValues<T>())
        {
            if (Of(value) == text)
                return value;
        }
        throw new InvalidFieldException(field, $"'{text}' is no {field}.",
            $"Write one of: {string.Join(", ", Enum.GetValues<T>().Select(Of))}.");
    }

    public static string Of<T>(T value)
        where T : struct, Enum => JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString());

    public static TimeSpan? ParseDuration(string field, string? text) =>
        text is null ? null : Durations.Parse(text, field);

    /// <summary>An instant with its offset; without one the zone of this machine would decide what is meant.</summary>
    /// <exception cref="InvalidFieldException">It is none.</exception>
    public static DateTimeOffset? ParseInstant(string field, string? text)
    {
        if (text is null)
            return null;
        var hasOffset = text.EndsWith('Z') || (text.Length > 6 && text[^6] is '+' or '-' && text[^3] == ':');
        return hasOffset && text.Contains('T')
            && DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.None, out var instant)
            ? instant.ToUniversalTime()
            : throw new InvalidFieldException(field, $"'{text}' is no instant.",
                "Write RFC 3339 with its offset, such as 2026-01-31T09:00:00Z.");
    }

    /// <summary>The known word that was most likely meant, or null when none is near.</summary>
    public static string? Nearest(string text, IEnumerable<string> known)
    {
        var nearest = known.Select(word => (Word: word, Distance: Distance(text, word))).MinBy(word => word.Distance);
        return nearest.Word is not null && nearest.Distance <= Math.Max(2, text.Length / 3) ? nearest.Word : null;
    }

    // Levenshtein's distance, one row at a time.
    private static int Distance(string left, string right)
    {
        const int CharactersMax = 64;
        if (left.Length > CharactersMax || right.Length > CharactersMax)
            return int.MaxValue;
        var row = Enumerable.Range(0, right.Length + 1).ToArray();
        for (var i = 1; i <= left.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= right.Length; j++)
            {
                var changed = diagonal + (left[i - 1] == right[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(changed, Math.Min(row[j], row[j - 1]) + 1);
            }
        }
        return row[^1];
    }
}
