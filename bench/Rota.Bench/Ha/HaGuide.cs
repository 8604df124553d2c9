using System.Text.RegularExpressions;

namespace Rota.Bench;

/// <summary>The configuration that the guide tells people to write, for three hosts on this machine's loopback network:
/// what is measured is what the guide says.</summary>
/// <param name="network">The first three numbers of a loopback network of one's own.</param>
internal sealed partial class HaGuide(string network)
{
    private const string Guide = "docs/operations/high-availability.md";
    private const string GuideNetwork = "10.0.0.";

    private readonly string _text = File.ReadAllText(
        Path.GetFullPath(Path.Combine(AppContext.BaseDirectory, "../../../..", Guide)));

    /// <summary>As the guide has Rota connect.</summary>
    public string Url => HaUrl().Match(_text).Value.Replace(GuideNetwork, network, StringComparison.Ordinal);

    /// <summary>Statements that make Rota's role and database.</summary>
    public string[] Sql =>
        Block("sql").Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);

    public string SuperuserPassword => SuperuserLine().Match(Block("yaml")).Groups["password"].Value;

    public string Etcd(int node) => Localized(Block("ini"), node);

    /// <param name="folder">Takes the place of the folders that Debian has for data and sockets.</param>
    public string Patroni(int node, string folder) => Localized(Block("yaml"), node)
        .Replace($"{network}0/24", "127.0.0.0/8", StringComparison.Ordinal)
        .Replace("/var/lib/postgresql/15", folder, StringComparison.Ordinal)
        .Replace("/var/run/postgresql", folder, StringComparison.Ordinal);

    /// <summary>The guide writes what the first host gets. Lines that name all hosts are the same everywhere.</summary>
    private string Localized(string text, int node) => string.Join('\n', text.Split('\n')
        .Select(line => line.Contains($"{GuideNetwork}12", StringComparison.Ordinal) ? line
            : line.Replace("pg1", $"pg{node}", StringComparison.Ordinal)
                .Replace($"{GuideNetwork}11", $"{GuideNetwork}1{node}", StringComparison.Ordinal))
        .Select(line => line.Replace(GuideNetwork, network, StringComparison.Ordinal)));

    private string Block(string language)
    {
        var block = Regex.Match(_text, $"^```{language}\n(?<text>.*?)^```", RegexOptions.Multiline
            | RegexOptions.Singleline | RegexOptions.ExplicitCapture, TimeSpan.FromSeconds(1));
        return block.Success ? block.Groups["text"].Value
            : throw new InvalidOperationException($"{Guide} has no block of {language}.");
    }

    [GeneratedRegex(@"postgres://[^\s`]+,[^\s`]+", RegexOptions.None, 1_000)]
    private static partial Regex HaUrl();

    [GeneratedRegex(@"superuser: .*password: (?<password>[^}\s]+)", RegexOptions.ExplicitCapture, 1_000)]
    private static partial Regex SuperuserLine();
}
