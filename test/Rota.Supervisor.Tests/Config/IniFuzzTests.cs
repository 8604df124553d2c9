using System.Diagnostics;
using System.Text.Json;
using Rota.Supervisor.Config;
using Rota.Supervisor.Tests.Fuzz;
using Xunit;

namespace Rota.Supervisor.Tests.Config;

/// <summary>Texts by chance. The seed is part of each failure's message; set it to see that failure again.</summary>
public class IniFuzzTests
{
    private const int Texts = 4_000;

    private static readonly int Seed = Environment.TickCount;

    [Fact]
    public async Task A_text_by_chance_has_the_sections_that_supervisord_finds_in_it()
    {
        var random = new Random(Seed);
        var texts = Enumerable.Range(0, Texts)
            .Select(_ => FuzzTarget.ConfigPieces.Text(random).Replace("\ud800", "")).ToList();
        var theirs = await PythonAsync(texts);
        for (var index = 0; index < Texts; index++)
            Assert.True(theirs[index] == Ours(texts[index]),
                $"seed {Seed}\n{JsonSerializer.Serialize(texts[index])}\ntheirs {theirs[index]}\nours   "
                    + $"{Ours(texts[index])}");
    }

    private static string Ours(string text)
    {
        var ini = new IniFile();
        try
        {
            IniParser.Read(ini, "file", text);
        }
        catch (ConfigException)
        {
            return "null";
        }
        return Canonical(ini.Sections.ToDictionary(section => section.Name, section =>
            ini.Defaults.Options.Concat(section.Options).GroupBy(option => option.Key)
                .ToDictionary(same => same.Key, same => same.Last().Value.Text)));
    }

    private static string Canonical(Dictionary<string, Dictionary<string, string>> sections) =>
        JsonSerializer.Serialize(new SortedDictionary<string, SortedDictionary<string, string>>(
            sections.ToDictionary(section => section.Key,
                section => new SortedDictionary<string, string>(section.Value, StringComparer.Ordinal)),
            StringComparer.Ordinal));

    private static async Task<List<string>> PythonAsync(IReadOnlyList<string> texts)
    {
        var script = Path.Combine(AppContext.BaseDirectory, "Config", "ini.py");
        using var python = Process.Start(new ProcessStartInfo("/usr/bin/python3", [script])
        {
            UseShellExecute = false,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        })!;
        var output = python.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        foreach (var text in texts)
            await python.StandardInput.WriteLineAsync(JsonSerializer.Serialize(text));
        python.StandardInput.Close();
        return (await output).Split('\n', StringSplitOptions.RemoveEmptyEntries)
            .Select(line => line == "null" ? line
                : Canonical(JsonSerializer.Deserialize<Dictionary<string, Dictionary<string, string>>>(line)!))
            .ToList();
    }
}
