namespace Rota.Commands;

/// <summary>The known word that a mistyped one was probably meant to be.</summary>
internal static class Nearest
{
    /// <returns>Null when none is near: more than a third of the letters differ.</returns>
    public static string? Find(string word, IEnumerable<string> known) => known
        .Select(candidate => (candidate, Distance: Distance(word, candidate)))
        .Where(pair => pair.Distance <= Math.Max(1, word.Length / 3))
        .OrderBy(pair => pair.Distance)
        .Select(pair => pair.candidate)
        .FirstOrDefault();

    /// <summary>Levenshtein's distance: letters to insert, drop or change.</summary>
    private static int Distance(string left, string right)
    {
        var row = Enumerable.Range(0, right.Length + 1).ToArray();
        for (var i = 1; i <= left.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= right.Length; j++)
            {
                var above = row[j];
                var change = diagonal + (char.ToUpperInvariant(left[i - 1]) == char.ToUpperInvariant(right[j - 1]) ? 0 : 1);
                row[j] = Math.Min(change, Math.Min(above, row[j - 1]) + 1);
                diagonal = above;
            }
        }
        return row[^1];
    }
}
