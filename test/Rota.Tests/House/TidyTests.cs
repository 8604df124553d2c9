using System.Text.RegularExpressions;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Xunit;

namespace Rota.Tests.House;

/// <summary>The house style, as far as a program can tell.</summary>
public sealed partial class TidyTests
{
    private const int SourceLinesMax = 400, TestLinesMax = 600, FunctionLinesMax = 70, ColumnsMax = 120;
    private const int TimeoutMs = 5_000;

    private static IEnumerable<string> Code =>
        new[] { "src", "test", "bench", "samples" }.SelectMany(folder => Repository.Files(folder, ".cs"));

    private static string[] Lines(string path) => Repository.Read(path).Split('\n');

    [Fact]
    public void Files_are_short()
    {
        Repository.AssertNone(
            from path in Code
            let lines = Lines(path).Length - 1
            let max = path.StartsWith("test/", StringComparison.Ordinal) ? TestLinesMax : SourceLinesMax
            where lines > max
            select $"{path} has {lines} lines; at most {max}: divide it by ideas");
    }

    [Fact]
    public void Functions_fit_a_screen()
    {
        Repository.AssertNone(
            from path in Code
            from function in CSharpSyntaxTree.ParseText(Repository.Read(path)).GetRoot().DescendantNodes()
            where function is BaseMethodDeclarationSyntax or LocalFunctionStatementSyntax or AccessorDeclarationSyntax
            let span = function.SyntaxTree.GetLineSpan(function.Span)
            let lines = span.EndLinePosition.Line - span.StartLinePosition.Line + 1
            where lines > FunctionLinesMax
            select $"{path}:{span.StartLinePosition.Line + 1}: {lines} lines; at most {FunctionLinesMax}");
    }

    [Fact]
    public void Lines_have_at_most_120_columns() => Repository.AssertNone(Find(Code, line => line.Length > ColumnsMax));

    // Put together here, so that this file is not found itself.
    [GeneratedRegex(@"\b(TO" + @"DO|FIX" + @"ME|HA" + @"CK|XX" + @"X)\b", RegexOptions.ExplicitCapture, TimeoutMs)]
    private static partial Regex Unfinished();

    [Fact]
    public void Nothing_is_left_for_later()
    {
        string[] endings = [".cs", ".razor", ".sql", ".csproj", ".props", ".md", ".js", ".css", ".html"];
        var files = new[] { "src", "test", "docs", "samples", "plugins" }
            .SelectMany(folder => Repository.Files(folder, endings));
        Repository.AssertNone(Find(files, Unfinished().IsMatch));
    }

    [GeneratedRegex(@"^\s*#(end)?region\b", RegexOptions.ExplicitCapture, TimeoutMs)]
    private static partial Regex Region();

    [Fact]
    public void There_are_no_regions() => Repository.AssertNone(Find(Code, Region().IsMatch));

    // A comment that ends as a statement does. Prose ends with a full stop.
    [GeneratedRegex(@"^\s*//(?!/).*[;{}]\s*$", RegexOptions.ExplicitCapture, TimeoutMs)]
    private static partial Regex CommentedOut();

    [Fact]
    public void There_is_no_commented_out_code() => Repository.AssertNone(Find(Code, CommentedOut().IsMatch));

    [Fact]
    public void Folders_are_nouns_of_the_product()
    {
        string[] forbidden = ["Helpers", "Utils", "Common", "Services"];
        Repository.AssertNone(Code.Where(path => path.Split('/').Any(forbidden.Contains)));
    }

    private static IEnumerable<string> Find(IEnumerable<string> files, Func<string, bool> isWrong) =>
        from path in files
        from line in Lines(path).Index()
        where isWrong(line.Item)
        select $"{path}:{line.Index + 1}: {line.Item.Trim()}";
}
