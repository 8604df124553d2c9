namespace Rota.Supervisor.Config;

/// <summary>What somebody probably meant.</summary>
internal static class Nearest
{
    /// <summary>The known name with the fewest letters changed, taken out or put in; null when more than a third of
    /// them would have to be.</summary>
    public static string? To(string name, IEnumerable<string> known)
    {
        name = name.Length > 64 ? name[..64] : name;
        var best = known.Select(candidate => (candidate, Distance: Distance(name, candidate)))
            .DefaultIfEmpty((candidate: "", Distance: int.MaxValue)).MinBy(pair => pair.Distance);
        return best.Distance <= Math.Max(1, name.Length / 3) ? best.candidate : null;
    }

    private static int Distance(string left, string right)
    {
        var row = Enumerable.Range(0, right.Length + 1).ToArray();
        for (var i = 1; i <= left.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= right.Length; j++)
            {
                var change = diagonal + (left[i - 1] == right[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(change, Math.Min(row[j], row[j - 1]) + 1);
            }
        }
        return row[^1];
    }
}
