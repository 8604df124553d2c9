namespace Rota.Stores.Tests;

/// <summary>Behind which statements a process is killed: a sixth of them, the first and the last one always. Where the
/// environment has <c>ROTA_KILLS=all</c> it is every one; a number there is the seed of an earlier run.</summary>
internal static class KillSample
{
    private const string Variable = "ROTA_KILLS", All = "all";
    private const int Share = 6;

    /// <summary>Writes how many they are, and the seed, to the output of the test.</summary>
    public static IReadOnlyList<int> Of(IReadOnlyList<int> points)
    {
        var wish = Environment.GetEnvironmentVariable(Variable);
        if (wish == All)
            return Say(points, points, "");
        var seed = int.TryParse(wish, out var given) ? given : Random.Shared.Next();
        var random = new Random(seed);
        var drawn = points.Where(point => random.Next(Share) == 0 || point == points[0] || point == points[^1]);
        return Say([.. drawn], points, $"; {Variable}={seed} repeats them");
    }

    private static IReadOnlyList<int> Say(IReadOnlyList<int> drawn, IReadOnlyList<int> points, string how)
    {
        TestContext.Current.TestOutputHelper?.WriteLine($"{drawn.Count} kills at {points.Count} places{how}");
        return drawn;
    }
}
