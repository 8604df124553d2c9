using System.Diagnostics;
using System.Text.Json;
using Xunit;

namespace Rota.Supervisor.Tests.Fuzz;

/// <summary>Inputs by chance, for some seconds; `bench supervisor --only fuzz` takes millions.</summary>
public class FuzzTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    [Theory]
    [InlineData("ini", 100_000)]
    [InlineData("conf", 10_000)]
    [InlineData("xml", 50_000)]
    [InlineData("http", 100_000)]
    public void An_input_by_chance_is_read_or_refused_and_never_breaks_or_hangs(string name, int inputs)
    {
        using var folder = Folder.Make();
        folder.WriteAll([]);
        var target = FuzzTarget.All(folder.Path).Single(target => target.Name == name);
        var seed = Environment.TickCount;
        var watch = Stopwatch.StartNew();
        for (var number = 0; number < inputs && watch.Elapsed < Patience; number++)
        {
            var input = target.Input(seed, number);
            var before = watch.Elapsed;
            var error = target.Try(input);
            Assert.True(error is null, $"seed {seed} {number}\n{JsonSerializer.Serialize(input)}\n{error}");
            Assert.True(watch.Elapsed - before < Patience, $"seed {seed} {number}: too slow: {input}");
        }
    }
}
