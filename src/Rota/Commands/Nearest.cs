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

    /// <summary>Letters to insert, drop, change or swap with their neighbour (optimal string alignment).</summary>
    private static int Distance(string left, string right)
    {
        var costs = new int[left.Length + 1, right.Length + 1];
        for (var i = 0; i <= left.Length; i++)
        {
            for (var j = 0; j <= right.Length; j++)
                costs[i, j] = i == 0 || j == 0 ? i + j : Cost(costs, left, right, i, j);
        }
        return costs[left.Length, right.Length];
    }

    private static int Cost(int[,] costs, string left, string right, int i, int j)
    {
        var change = costs[i - 1, j - 1] + (IsSame(left[i - 1], right[j - 1]) ? 0 : 1);
        var cost = Math.Min(change, Math.Min(costs[i - 1, j], costs[i, j - 1]) + 1);
        return i > 1 && j > 1 && IsSame(left[i - 1], right[j - 2]) && IsSame(left[i - 2], right[j - 1])
            ? Math.Min(cost, costs[i - 2, j - 2] + 1)
            : cost;
    }

    private static bool IsSame(char left, char right) => char.ToUpperInvariant(left) == char.ToUpperInvariant(right);
}
