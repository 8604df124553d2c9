using System.Diagnostics;
using System.Text;
using System.Text.Json;
using Rota.Supervisor.Config;
using Xunit;

namespace Rota.Supervisor.Tests.Config;

/// <summary>Texts by chance. The seed is part of each failure's message; set it to see that failure again.</summary>
public class IniFuzzTests
{
    private const int Texts = 4_000;

    private static readonly int Seed = Environment.TickCount;

    private static readonly string[] Pieces =
    [
        "\n", "\n", "\n", "\r\n", "\r", " ", "  ", "\t", "=", ":", ";", "#", " ;", " #", "[", "]", "[supervisord]",
        "[program:x]", "[DEFAULT]", "[include]\nfiles=", "%", "%%", "%(here)s", "%(ENV_HOME)s", "%(process_num)02d",
        "%(",
        ")s", "command=", "numprocs=2", "environment=", "process_name=", "'", "\"", "\\", "a", "B", "ä", "\u00a0",
        "\x1c",
        "\x00", "\u2028", "\ud800", "~", "*", "1", "-1", "99999999999999999999", ",", "user=root", "stdout_logfile=",
    ];

    [Fact]
    public async Task A_text_by_chance_has_the_sections_that_supervisord_finds_in_it()
    {
        var random = new Random(Seed);
        var texts = Enumerable.Range(0, Texts).Select(_ => Text(random).Replace("\ud800", "")).ToList();
        var theirs = await PythonAsync(texts);
        for (var index = 0; index < Texts; index++)
            Assert.True(theirs[index] == Ours(texts[index]),
                $"seed {Seed}\n{JsonSerializer.Serialize(texts[index])}\ntheirs {theirs[index]}\nours   "
                    + $"{Ours(texts[index])}");
    }

    [Fact]
    public void A_file_by_chance_is_read_or_refused_and_never_breaks_or_hangs()
    {
        var random = new Random(Seed);
        using var folder = Folder.Make();
        var watch = Stopwatch.StartNew();
        folder.WriteAll([]);
        for (var count = 0; count < Texts && watch.Elapsed < TimeSpan.FromSeconds(4); count++)
        {
            var text = random.Next(3) == 0 ? Text(random) : Mutated(random);
            var path = folder.Write("main.conf", "");
            // Latin-1 is no UTF-8 as soon as a letter is none of ASCII's.
            File.WriteAllBytes(path, (random.Next(8) == 0 ? Encoding.Latin1 : Encoding.UTF8).GetBytes(text));
            var before = watch.Elapsed;
            var error = Record.Exception(() => ConfigReader.Read(path));
            Assert.True(error is null or ConfigException, $"seed {Seed}\n{JsonSerializer.Serialize(text)}\n{error}");
            Assert.True(watch.Elapsed - before < TimeSpan.FromSeconds(3), $"seed {Seed}: too slow: {text}");
        }
    }

    private static string Text(Random random)
    {
        var text = new StringBuilder();
        for (var count = random.Next(40); count > 0; count--)
            text.Append(Pieces[random.Next(Pieces.Length)]);
        return text.ToString();
    }

    private static string Mutated(Random random)
    {
        var text = new StringBuilder(ConfigCases.Good[random.Next(ConfigCases.Good.Length)]);
        for (var count = random.Next(1, 6); count > 0 && text.Length > 0; count--)
        {
            var place = random.Next(text.Length);
            if (random.Next(2) == 0)
                text.Insert(place, Pieces[random.Next(Pieces.Length)]);
            else
                text.Remove(place, Math.Min(random.Next(1, 8), text.Length - place));
        }
        return text.ToString();
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
