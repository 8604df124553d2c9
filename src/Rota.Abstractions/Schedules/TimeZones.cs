namespace Rota.Schedules;

/// <summary>Finds time zones by their IANA name, such as <c>Europe/Berlin</c>.</summary>
public static class TimeZones
{
    private const int LengthMax = 100;
    private const int SuggestionsMax = 3;

    /// <summary>The zone of that name; the names of universal time all give <see cref="TimeZoneInfo.Utc"/>.</summary>
    /// <param name="id">As in the time zone database, letter case included.</param>
    /// <param name="field">Name of the field for the error. Default: <c>zone</c>.</param>
    /// <exception cref="InvalidFieldException">No zone has this name; the hint gives the nearest ones.</exception>
    public static TimeZoneInfo Find(string id, string field = "zone")
    {
        ArgumentNullException.ThrowIfNull(id);
        if (id is "UTC" or "Etc/UTC" or "UCT" or "Etc/UCT" or "Zulu" or "Etc/Zulu" or "Universal" or "Etc/Universal")
            return TimeZoneInfo.Utc;

        // The name becomes a path inside the time zone database, so nothing but a name gets there.
        if (id.Length <= LengthMax && id.Length > 0 && char.IsAsciiLetterUpper(id[0])
            && id.All(symbol => char.IsAsciiLetterOrDigit(symbol) || symbol is '_' or '+' or '-' or '/')
            && TimeZoneInfo.TryFindSystemTimeZoneById(id, out var zone))
            return zone;

        var name = id.Length <= LengthMax ? id : $"{id[..LengthMax]}…";
        throw new InvalidFieldException(field, $"There is no time zone '{name}'.", Hint(name));
    }

    private static string Hint(string id)
    {
        var nearest = TimeZoneInfo.GetSystemTimeZones()
            .Select(zone => (zone.Id, Distance: Distance(id, zone.Id)))
            .Where(candidate => candidate.Distance <= Math.Max(3, id.Length / 2))
            .OrderBy(candidate => candidate.Distance)
            .ThenBy(candidate => candidate.Id, StringComparer.Ordinal)
            .Take(SuggestionsMax)
            .Select(candidate => candidate.Id)
            .ToList();
        return nearest.Count == 0
            ? "Write a name of the time zone database, such as Europe/Berlin or UTC."
            : $"The nearest names are {string.Join(", ", nearest)}.";
    }

    private static int Distance(string written, string id)
    {
        var plain = written.ToUpperInvariant().Replace(' ', '_');
        var known = id.ToUpperInvariant();
        if (plain.Length >= 3 && known.Contains(plain, StringComparison.Ordinal))
            return 0;

        return Math.Min(Edits(plain, known), 1 + Edits(City(plain), City(known)));
    }

    private static string City(string id) => id[(id.LastIndexOf('/') + 1)..];

    /// <summary>Insertions, deletions and replacements between two texts.</summary>
    /// <remarks>Wagner and Fischer, The String-to-String Correction Problem, 1974.</remarks>
    private static int Edits(string left, string right)
    {
        var row = Enumerable.Range(0, right.Length + 1).ToArray();
        for (var i = 1; i <= left.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= right.Length; j++)
            {
                var replaced = diagonal + (left[i - 1] == right[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, 1 + Math.Min(row[j], row[j - 1]));
            }
        }

        return row[right.Length];
    }
}
